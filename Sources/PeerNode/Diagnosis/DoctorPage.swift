import LocalAPI

/// The reference page of `r doctor` in Markdown, made from ``LocalAPI/CheckID``.
package enum DoctorPage {
  package static var text: String {
    """
    # What r doctor checks

    `r doctor` finds out what does not work, why, and what to do: this machine first, then every known peer briefly.
    `r doctor PEER` tells everything about one peer: a name, an id, or an address that is not known yet. It changes
    nothing, and asks nobody for approval who was not asked before.

    ```
    peer office-mac
      ok    office-mac is peer-…, approved here
      FAIL  192.168.1.101:8765 refuses the connection [peer.address]
            The machine is on, and nothing listens on port 8765 there: its rd is not running, …
            try on office-mac: systemctl status rd
    ```

    Every check has a stable id and ends as `ok`, `warn` (it works, but not as it might), `FAIL` or `skip` (it cannot be
    made, and the line says why). What is not well has a cause and a command, which mends it or shows more; `on NAME`
    says that it is to be run on the other machine. Exit status: 0 nothing failed, 1 something did, 69 `rd` is not
    reachable, 77 this user may not use it; what the client sees by itself is printed in all cases.

    `--timeout SECONDS` is the longest wait for one step over the network (4). `--quiet` prints the ids of what failed.
    `--json` prints one object: `{"checks":[{"id","section","status","summary","cause","command","command_on","details"}],
    "failed","warned"}` with `ok`, `warn`, `fail`, `skip` as statuses, and null where there is no cause or command.
    The daemon's part is the method `node.diagnose` of <doc:LocalAPI>; each finding is also a `$/progress` notification.

    ## Symptoms

    | Symptom | Ask | The checks that tell |
    |---|---|---|
    | Peer not found | `r doctor`, `r doctor ADDRESS` | `mdns.…`, `peer.known`, `peer.sighting`, `peer.address` |
    | Authentication failed | `r doctor PEER` | `peer.identity`, `peer.handshake`, `peer.trust`, `peer.grant`, `peer.clock` |
    | mDNS not working | `r doctor` on both | `mdns.port`, `mdns.interface`, `mdns.membership`, `mdns.echo`, `mdns.heard` |
    | Others do not see this node | `r doctor PEER` | `config.advertise`, `listen.reach`, `peer.visibility` |
    | Timeout on remote operations | `r doctor PEER` | `peer.latency`, `peer.timeout` |

    ## How a firewall is found

    The kernel hands every multicast packet back to its sender. Doctor asks the network who is there and looks whether the
    question comes back: where it does not, this machine drops UDP port 5353 itself. An approved peer is asked the same
    about its own packets (`GET /v1/p2p/reflection` of <doc:PeerAPI>), and when it last heard this node. When both hear
    themselves and not each other, the packets are lost in between.

    For TCP, a refused connection proves that the machine is on. Where nothing comes, another port on which nothing
    listens is tried: when that refuses, a firewall drops the first one. When the local network does not even answer for
    the address, the machine is not there.

    ## Checks

    | Check | What it proves |
    |---|---|
    \(CheckID.allCases.map { "| `\($0.rawValue)` | \($0.meaning) |" }.joined(separator: "\n"))

    """
  }
}
