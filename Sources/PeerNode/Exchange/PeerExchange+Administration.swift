import LocalAPI
import NIOCore
package import PeerModel

/// Administering a peer in its owner's place.
extension PeerExchange {
  /// Until the peer's answer is whole: longer than the longest search of its network.
  static let administrationTimeout = Duration.seconds(75)

  /// Performs an operation of the owner on a peer that grants this node level full.
  /// - Throws: ``NodeError`` of the other node with hints that can be pasted here; `invalid_arguments` for a name that is
  ///   none; `peer_unreachable`, `timed_out`, `not_approved`.
  package func perform(_ method: String, _ parameters: JSONValue, on id: PeerID) async throws -> JSONValue {
    // It becomes part of a path.
    guard method.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "._".utf8.contains($0) })
    else { throw NodeError(.invalidArguments, "/method: not the name of a method", hint: "see rpc.discover") }
    let bytes = ByteBuffer(bytes: parameters.bytes)
    let limit = Self.administrationTimeout
    let response = try await request(
      id, .post, "/v1/p2p/operations/\(method)", headers: [("Content-Type", MediaType.json)],
      body: { .bytes(bytes) }, timeout: limit)
    do {
      return try await Deadline.run(until: .now + limit, what: "the peer's answer", after: limit) {
        try await Self.json(response)
      }
    } catch var error as NodeError {
      let start = Self.remotely + "r "
      if let hint = error.hint, hint.hasPrefix(start) {
        error.hint = "r --peer \(id.short) \(hint.dropFirst(start.count))"
      }
      throw error
    }
  }
}
