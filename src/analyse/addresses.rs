//! Addresses that stand for all addresses, as far as networks tell them apart.

use crate::model::Value;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// In each stretch in which no network begins or ends, up to `count` addresses.
pub(super) fn stand_ins<'n>(networks: impl Iterator<Item = &'n IpNet>, count: usize) -> Vec<Value> {
    // where something begins to be different; the plainest addresses of each family stand for the rest
    let mut four = BTreeSet::from([0u32]);
    let mut six = BTreeSet::from([0u128, 1 << 125]);
    for network in networks {
        match network {
            IpNet::V4(network) => {
                four.insert(network.network().to_bits());
                four.extend(network.broadcast().to_bits().checked_add(1));
            }
            IpNet::V6(network) => {
                six.insert(network.network().to_bits());
                six.extend(network.broadcast().to_bits().checked_add(1));
            }
        }
    }
    let four = stretch(four.into_iter().map(u128::from).collect(), u128::from(u32::MAX), count);
    let six = stretch(six.into_iter().collect(), u128::MAX, count);
    let four = four.into_iter().filter_map(|bits| u32::try_from(bits).ok()).map(Ipv4Addr::from_bits).map(IpAddr::V4);
    // an address that stands for one of the other family is that one
    let six = six.into_iter().map(Ipv6Addr::from_bits).filter(|address| address.to_ipv4_mapped().is_none());
    four.chain(six.map(IpAddr::V6)).map(Value::Ip).collect()
}

fn stretch(begins: Vec<u128>, last: u128, count: usize) -> Vec<u128> {
    let mut found = Vec::new();
    for (at, &begin) in begins.iter().enumerate() {
        let end = begins.get(at + 1).map_or(last, |next| next - 1);
        found.extend((0..count as u128).map_while(|step| begin.checked_add(step)).take_while(|&at| at <= end));
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn within_and_around_networks() {
        let network: IpNet = "10.4.0.0/16".parse().unwrap();
        let found: Vec<String> = stand_ins([network].iter(), 1)
            .iter()
            .filter_map(|value| match value {
                Value::Ip(address) => Some(address.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(found, ["0.0.0.0", "10.4.0.0", "10.5.0.0", "::", "2000::"]);
        assert_eq!(stand_ins(std::iter::empty(), 2).len(), 6);
    }
}
