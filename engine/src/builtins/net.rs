//! Networks, addresses and host names.

use super::Shape::{Any, ArrayOf, Boolean, ObjectOf, OneOf, SetOf, String, Tuple};
use super::{Signature, named, unnamed};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("net.cidr_contains", "Whether a network holds an address or another network.")
        .takes(&[named("cidr", String), named("cidr_or_ip", String)])
        .returns(named("result", Boolean)),
    Signature::new(
        "net.cidr_contains_matches",
        "The pairs of a network and an address or network that lies in it, taken from two collections.",
    )
    .takes(&[
        named(
            "cidrs",
            OneOf(&[
                String,
                ArrayOf(&OneOf(&[String, ArrayOf(&Any)])),
                ObjectOf(&String, &OneOf(&[String, ArrayOf(&Any)])),
                SetOf(&OneOf(&[String, ArrayOf(&Any)])),
            ]),
        ),
        named(
            "cidrs_or_ips",
            OneOf(&[
                String,
                ArrayOf(&OneOf(&[String, ArrayOf(&Any)])),
                ObjectOf(&String, &OneOf(&[String, ArrayOf(&Any)])),
                SetOf(&OneOf(&[String, ArrayOf(&Any)])),
            ]),
        ),
    ])
    .returns(named("output", SetOf(&Tuple(&[Any, Any])))),
    Signature::new("net.cidr_expand", "All addresses of a network.")
        .takes(&[named("cidr", String)])
        .returns(named("hosts", SetOf(&String))),
    Signature::new("net.cidr_intersects", "Whether two networks share an address.")
        .takes(&[named("cidr1", String), named("cidr2", String)])
        .returns(named("result", Boolean)),
    Signature::new("net.cidr_is_valid", "Whether a string is a network in CIDR notation.")
        .takes(&[named("cidr", String)])
        .returns(named("result", Boolean)),
    Signature::new("net.cidr_merge", "The fewest networks that cover the given addresses and networks.")
        .takes(&[named("addrs", OneOf(&[ArrayOf(&OneOf(&[String])), SetOf(&String)]))])
        .returns(named("output", SetOf(&String))),
    Signature::new(
        "net.cidr_overlap",
        "Whether a network holds an address; replaced by `net.cidr_contains`.",
    )
    .takes(&[unnamed(String), unnamed(String)])
    .returns(unnamed(Boolean))
    .deprecated(),
    Signature::new("net.lookup_ip_addr", "The addresses that a host name resolves to.")
        .takes(&[named("name", String)])
        .returns(named("addrs", SetOf(&String)))
        .nondeterministic(),
];
