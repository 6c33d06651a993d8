import LocalAPI
import PeerModel

/// Whether the files in the state folder are a whole and private identity, and the folder can be used.
enum IdentityChecks {
  struct Facts: Sendable {
    var folder: String
    /// Permission bits of identity.key; nil when it is not there.
    var keyMode: UInt32?
    /// The identity of the key on disk; nil when it cannot be read.
    var keyID: PeerID?
    /// Whether the certificate on disk has the running node's key; nil when there is none that can be read.
    var certificateMatches: Bool?
    var isWritable = true
    /// Nil when the system does not tell.
    var freeBytes: Int?
  }

  /// Below this much, uploads are refused, and above the other nothing is said.
  static let leastSpace = Int(Workspace.floor)
  static let comfortableSpace = 512 << 20

  static func judge(_ facts: Facts, running id: PeerID, _ advice: Advice) -> [Finding] {
    [identity(facts, id), certificate(facts, advice), state(facts), space(facts)]
  }

  private static func identity(_ facts: Facts, _ id: PeerID) -> Finding {
    let path = ShellText.quoted("\(facts.folder)/identity.key")
    func finding(_ status: Finding.Status, _ summary: String, _ cause: String? = nil, _ command: String? = nil)
      -> Finding
    {
      Finding(
        .nodeIdentity, Section.node, status, summary, cause: cause, command: command,
        details: ["peer_id": id.json, "mode": facts.keyMode.map { .string("0" + String($0, radix: 8)) } ?? .null])
    }
    guard let mode = facts.keyMode else {
      return finding(
        .fail, "identity.key is gone",
        "This rd still runs with it, but will not start again: peers know the node by that key. Restore it from a backup.",
        "ls -l \(ShellText.quoted(facts.folder))")
    }
    if mode & 0o077 != 0 {
      return finding(
        .fail, "identity.key can be read by other users (mode 0\(String(mode, radix: 8)))",
        "Whoever reads it can pose as this node; rd refuses to start with it.", "chmod 600 \(path)")
    }
    guard facts.keyID == id else {
      return finding(
        .fail, "identity.key is not the key that this rd runs with",
        "The file was changed after the start. After a restart the node would be another one, or none, to its peers.",
        "ls -l \(path)")
    }
    return finding(.ok, "this node is \(id), its key is private")
  }

  private static func certificate(_ facts: Facts, _ advice: Advice) -> Finding {
    let details: [String: JSONValue] = ["matches": facts.certificateMatches?.json ?? .null]
    guard facts.certificateMatches == true else {
      return Finding(
        .nodeCertificate, Section.node, .warn,
        facts.certificateMatches == nil ? "identity.crt is missing or damaged" : "identity.crt belongs to another key",
        cause: "It holds no secret: rd makes a new one at its next start.", command: advice.restart, details: details)
    }
    return Finding(.nodeCertificate, Section.node, .ok, "the certificate matches the key", details: details)
  }

  private static func state(_ facts: Facts) -> Finding {
    guard facts.isWritable else {
      return Finding(
        .nodeState, Section.node, .fail, "the state folder \(facts.folder) cannot be written",
        cause: "Decisions about peers and outcomes of calls cannot be kept: the folder's permissions have changed, or "
          + "its file system is read-only.", command: "ls -ld \(ShellText.quoted(facts.folder))")
    }
    return Finding(.nodeState, Section.node, .ok, "the state folder \(facts.folder) can be written")
  }

  private static func space(_ facts: Facts) -> Finding {
    guard let free = facts.freeBytes else {
      return Finding(.nodeSpace, Section.node, .skip, "the system does not tell how much room the disk has")
    }
    let text = "\(free >> 20) MiB are free for state and files"
    guard free < comfortableSpace else {
      return Finding(.nodeSpace, Section.node, .ok, text, details: ["free_bytes": free.json])
    }
    return Finding(
      .nodeSpace, Section.node, free < leastSpace ? .fail : .warn, text,
      cause: free < leastSpace
        ? "Files of calls are refused below \(leastSpace >> 20) MiB, and decisions may not be kept."
        : "Large files of calls may not find room.", command: "df -h \(ShellText.quoted(facts.folder))",
      details: ["free_bytes": free.json])
  }
}

/// The headings of a diagnosis.
enum Section {
  static let node = "this node"
  static let configuration = "configuration"
  static let network = "local network"
  static func peer(_ name: String) -> String { "peer \(name)" }
}
