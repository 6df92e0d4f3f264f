//! Futures that wait for nothing: two of the engines are asynchronous without being it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The result of a future that is ready when it is first asked. Panics where it is not.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a future without input waits for something"),
    }
}
