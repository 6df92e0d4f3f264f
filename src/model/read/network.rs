//! Addresses and networks. An IPv4-mapped IPv6 address is the IPv4 address, or `::ffff:10.4.0.1` would evade
//! `10.4.0.0/16`.

use super::misread::Misread;
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

/// Reads an IPv4 or IPv6 address.
///
/// Errors: leading zeros, a zone id (`%eth0`), a port, a network, or no address at all.
pub fn read_address(text: &str) -> Result<IpAddr, Misread> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_canonical());
    }
    let help = if text.contains('/') {
        Some("this is a network: one address stands without `/`".to_owned())
    } else if let Some((address, _)) = text.split_once('%') {
        Some(format!("leave the interface out: `{address}`"))
    } else if let Some(plain) = without_leading_zeros(text) {
        Some(format!("write it without leading zeros: `{plain}`"))
    } else {
        without_port(text).map(|plain| format!("leave the port out: `{plain}`"))
    };
    Err(Misread::form(text, "an address", help))
}

/// Reads a network such as `10.4.0.0/16`; a single address is the network of it alone.
///
/// Errors: bits set behind the prefix, a prefix that is too long, or no network at all.
pub fn read_network(text: &str) -> Result<IpNet, Misread> {
    let Some((address, prefix)) = text.split_once('/') else {
        return read_address(text).map(IpNet::from);
    };
    let expected = "a network";
    let Ok(raw) = address.parse::<IpAddr>() else {
        return match read_address(address) {
            Err(misread) => Err(Misread::form(text, expected, misread.help())),
            Ok(found) => Ok(IpNet::from(found)),
        };
    };
    let longest = if raw.is_ipv4() { 32 } else { 128 };
    let plain = prefix.bytes().all(|byte| byte.is_ascii_digit()) && (prefix == "0" || !prefix.starts_with('0'));
    let length = prefix.parse::<u8>().ok().filter(|&length| plain && length <= longest);
    let network = length.and_then(|length| IpNet::new(raw, length).ok());
    let Some(network) = network else {
        let help = format!("after `/` stands a number from 0 to {longest}: how many leading bits count");
        return Err(Misread::form(text, expected, Some(help)));
    };
    let lowest = network.trunc();
    if lowest != network {
        let reason = "bits are set behind the prefix";
        let both = format!("write `{}` for the network or `{raw}` for the one address", canonical(lowest));
        return Err(Misread::impossible(text, reason, Some(both)));
    }
    Ok(canonical(network))
}

/// A network of IPv4-mapped addresses as IPv4. One that reaches beyond them stays IPv6 (no IPv4 address lies in it).
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let (Some(v4), Some(length)) = (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) else {
        return network;
    };
    Ipv4Net::new(v4, length).map_or(network, IpNet::V4)
}

fn without_leading_zeros(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    let plain: Option<Vec<u8>> = parts.iter().map(|part| part.parse().ok()).collect();
    <[u8; 4]>::try_from(plain?).ok().map(Ipv4Addr::from)
}

fn without_port(text: &str) -> Option<IpAddr> {
    text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_addresses() {
        for (text, canonical) in
            [("10.4.0.1", "10.4.0.1"), ("FE80::1", "fe80::1"), ("::ffff:10.4.0.1", "10.4.0.1"), ("::1", "::1")]
        {
            assert_eq!(read_address(text).unwrap().to_string(), canonical);
        }
        for (text, help) in [
            ("010.4.0.1", "write it without leading zeros: `10.4.0.1`"),
            ("fe80::1%eth0", "leave the interface out: `fe80::1`"),
            ("10.4.0.1:80", "leave the port out: `10.4.0.1`"),
            ("[::1]:80", "leave the port out: `::1`"),
            ("10.4.0.0/16", "this is a network: one address stands without `/`"),
            ("10.4.0", ""),
            ("256.1.1.1", ""),
        ] {
            assert_eq!(read_address(text).unwrap_err().help().unwrap_or_default(), help, "{text}");
        }
    }

    #[test]
    fn reads_networks() {
        for (text, canonical) in [
            ("10.4.0.0/16", "10.4.0.0/16"),
            ("10.4.0.1", "10.4.0.1/32"),
            ("::1", "::1/128"),
            ("::ffff:10.4.0.0/112", "10.4.0.0/16"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::/0", "::/0"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(read_network(text).unwrap().to_string(), canonical, "{text}");
        }
        let misread = read_network("10.4.0.1/16").unwrap_err();
        assert_eq!(misread.to_string(), "`10.4.0.1/16` does not exist: bits are set behind the prefix");
        let help = "write `10.4.0.0/16` for the network or `10.4.0.1` for the one address";
        assert_eq!(misread.help().as_deref(), Some(help));
        for text in ["10.4.0.0/33", "10.4.0.0/016", "10.4.0.0/", "10.4/16", "010.0.0.0/8", "::/129", "10.4.0.0/+8"] {
            assert!(read_network(text).is_err(), "{text}");
        }
    }
}
