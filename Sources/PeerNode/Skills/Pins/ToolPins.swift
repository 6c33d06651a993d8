import FoundationEssentials
import GRDB
package import PeerModel

/// A tool as it was when it was first used, or as the owner has accepted it since.
package struct ToolPin: Hashable, Sendable {
  package var source: PinSource
  package var skill: String
  package var tool: ToolDescription
  package var digest: ToolDigest
  /// Seconds since 1970.
  package var pinnedAt: Int
  /// Who accepted it; nil when its first use did.
  package var acceptedBy: String?

  /// `skill.tool`.
  package var name: String { "\(skill).\(tool.name)" }
}

/// What this node's owner, agents and scripts have seen of other people's tools: trust on first use, and a later change
/// needs the owner's word. The database is the truth.
package struct ToolPins: Sendable {
  /// Tools of one source that are pinned.
  package static let maximumCount = 4096
  /// Longest description that is pinned, bytes of JSON.
  package static let maximumSize = 256 << 10

  private let store: Store

  package init(store: Store) { self.store = store }

  /// The pinned hash of a tool; nil before its first use.
  /// - Throws: what the database throws.
  package func digest(_ skill: String, _ tool: String, of source: PinSource) async throws -> ToolDigest? {
    try await store.pool.read { db in
      let query = try db.cachedStatement(
        sql: "SELECT digest FROM toolPin WHERE source = ? AND skill = ? AND tool = ?")
      return try String.fetchOne(query, arguments: [source.description, skill, tool]).flatMap(ToolDigest.init)
    }
  }

  /// Lets a tool be used as it is described now: pins it at its first use, compares later.
  /// - Parameter caller: who uses it, for the audit log.
  /// - Returns: the hash that the call carries.
  /// - Throws: ``NodeError`` `tool_changed` with the command that accepts it, `too_large`, `limit_reached`; what the
  ///   database throws.
  package func admit(
    _ tool: ToolDescription, of skill: String, from source: PinSource, named name: String, by caller: String
  ) async throws -> ToolDigest {
    let digest = ToolDigest(tool, of: skill)
    let known = try await self.digest(skill, tool.name, of: source)
    let pinned: ToolDigest =
      if let known { known } else {
        try await record(
          ToolPin(source: source, skill: skill, tool: tool, digest: digest, pinnedAt: Clock.now), by: caller)
      }
    guard pinned == digest else { throw Self.changed(skill, tool.name, source, named: name) }
    return digest
  }

  /// The refusal of a tool that is not as it was.
  package static func changed(_ skill: String, _ tool: String, _ source: PinSource, named name: String) -> NodeError {
    NodeError(
      .toolChanged, "\(name) has changed \(skill).\(tool) since it was first used here; nothing was called",
      hint: "r skills accept \(source.word) \(skill).\(tool)")
  }

  /// Pins at first use.
  /// - Returns: what is pinned, which is another's where two came first at once.
  private func record(_ pin: ToolPin, by caller: String) async throws -> ToolDigest {
    let description = try Self.encode(pin)
    let entry = Self.entry("pin", pin, by: caller)
    return try await store.pool.write { db in
      let earlier = try String.fetchOne(
        db, sql: "SELECT digest FROM toolPin WHERE source = ? AND skill = ? AND tool = ?",
        arguments: [pin.source.description, pin.skill, pin.tool.name])
      if let earlier = earlier.flatMap(ToolDigest.init) { return earlier }
      let count = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM toolPin WHERE source = ?", arguments: [pin.source.description])
      guard count ?? 0 < Self.maximumCount else {
        throw NodeError(
          .limitReached,
          "\(Self.maximumCount) tools of \(pin.source) have been used, which is as many as are remembered",
          hint: "r skills pins \(pin.source.word)")
      }
      try Self.save(pin, description, in: db)
      try entry.append(to: db)
      return pin.digest
    }
  }

  /// Puts what the owner accepts in the place of what is pinned.
  /// - Throws: ``NodeError`` `too_large`; what the database throws.
  package func accept(_ pin: ToolPin, by caller: Caller) async throws {
    let description = try Self.encode(pin)
    let entry = Self.entry("accept", pin, by: caller.auditName)
    try await store.pool.write { db in
      try Self.save(pin, description, in: db)
      try entry.append(to: db)
    }
    AuditNotes.current?.noteEntry()
  }

  /// What is pinned, by source and name.
  /// - Parameter source: of this one only.
  /// - Throws: what the database throws.
  package func all(of source: PinSource? = nil) async throws -> [ToolPin] {
    try await store.pool.read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM toolPin WHERE source = ?1 OR ?1 IS NULL ORDER BY source, skill, tool",
        arguments: [source?.description]
      ).compactMap(Self.decode)
    }
  }

  /// - Throws: what the database throws.
  package func pin(_ skill: String, _ tool: String, of source: PinSource) async throws -> ToolPin? {
    try await store.pool.read { db in
      try Row.fetchOne(
        db, sql: "SELECT * FROM toolPin WHERE source = ? AND skill = ? AND tool = ?",
        arguments: [source.description, skill, tool]
      ).flatMap(Self.decode)
    }
  }

  private static func encode(_ pin: ToolPin) throws(NodeError) -> Data {
    var tool = pin.tool
    tool.unavailable = nil
    let bytes = tool.json.bytes
    guard bytes.count <= maximumSize else {
      throw NodeError(
        .tooLarge, "the description of \(pin.name) has \(bytes.count) bytes, at most \(maximumSize) can be remembered")
    }
    return Data(bytes)
  }

  private static func save(_ pin: ToolPin, _ description: Data, in db: Database) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO toolPin VALUES (?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        pin.source.description, pin.skill, pin.tool.name, pin.digest.description, description, pin.pinnedAt,
        pin.acceptedBy,
      ])
  }

  private static func decode(_ row: Row) -> ToolPin? {
    let description: Data = row["description"]
    guard let source = PinSource(row["source"]), let digest = ToolDigest(row["digest"]),
      let json = try? JSONParser.parse(description), let tool = try? ToolDescription(json: json)
    else { return nil }
    return ToolPin(
      source: source, skill: row["skill"], tool: tool, digest: digest, pinnedAt: row["pinnedAt"],
      acceptedBy: row["acceptedBy"])
  }

  private static func entry(_ operation: String, _ pin: ToolPin, by caller: String) -> AuditEntry {
    var target: PeerID?
    if case .peer(let id) = pin.source { target = id }
    let subject = target == nil ? "\(pin.source) \(pin.name)" : pin.name
    return AuditEntry(caller: caller, operation: operation, target: target, subject: subject, at: pin.pinnedAt)
  }
}
