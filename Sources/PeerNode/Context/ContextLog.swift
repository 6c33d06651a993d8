import FoundationEssentials
package import GRDB
import LocalAPI
package import PeerModel

/// The context that a node has: of every node that has written any, and of both scopes, a log that only grows. What has
/// been removed keeps its place and loses its text.
package struct ContextLog: Sendable {
  /// What peers may bring. Entries of the owner are bounded by the disk alone.
  package struct Limits: Hashable, Sendable {
    /// Records, and bytes, that one peer has brought.
    package var records = 100_000
    package var bytes = 64 << 20
    /// Logs that one peer has brought.
    package var logs = 128
    /// All peers together.
    package var allBytes = 256 << 20
    package var allLogs = 2048
    /// Records of one page, and bytes of their texts.
    var pageRecords = PeerSync.maximumRecords
    var pageBytes = PeerSync.maximumBytes
    package init() {}
  }
  /// What a node lacks of another's logs, as much as fits into one message.
  package struct Page: Sendable {
    package var records: [ContextRecord]
    package var hasMore: Bool
    /// How far the node that made the page has everything.
    package var have: ContextVector
  }
  struct Filter: Sendable {
    var scope: ContextScope?
    var session: String?
    var origin: PeerID?
    var limit: Int
  }

  let writer: any DatabaseWriter
  let limits: Limits

  package init(_ writer: any DatabaseWriter, limits: Limits = Limits()) {
    self.writer = writer
    self.limits = limits
  }

  // MARK: This node's own entries

  /// Writes an entry; on disk when this returns.
  /// - Throws: ``NodeError`` `invalid_arguments`; what the database throws.
  func append(
    _ parameters: AppendContext.Parameters, by identity: Identity, at time: Int
  ) async throws -> ContextRecord {
    try ContextRecord.check(text: parameters.text)
    try ContextRecord.check(session: parameters.session, scope: parameters.scope)
    let entry = ContextRecord.Entry(
      session: parameters.session, role: parameters.role, text: parameters.text,
      textHash: ContextRecord.hash(of: parameters.text))
    return try await writer.write { db in
      let counter = try Self.nextCounter(parameters.scope, identity, in: db)
      let record = try ContextRecord(
        .entry(entry), scope: parameters.scope, counter: counter, by: identity, at: time)
      try Self.insert(record, via: nil, in: db)
      try Self.advance(record, via: nil, in: db)
      return record
    }
  }

  /// Removes an entry of this node: its text is gone from here, and from every node with its next sync.
  /// - Throws: ``NodeError`` `not_found`; what the database throws.
  func remove(_ id: ContextID, by identity: Identity, at time: Int) async throws {
    try await writer.write { db in
      let isThere =
        try Bool.fetchOne(
          db,
          sql: "SELECT text IS NOT NULL FROM context WHERE scope = ? AND origin = ? AND counter = ?",
          arguments: [id.scope.rawValue, id.origin.description, id.counter]) ?? false
      guard id.origin == identity.id, isThere else {
        throw NodeError(.notFound, "there is no entry \(id.short) of this node", hint: "r context")
      }
      let counter = try Self.nextCounter(id.scope, identity, in: db)
      let record = try ContextRecord(
        .removal(of: id.counter), scope: id.scope, counter: counter, by: identity, at: time)
      try Self.insert(record, via: nil, in: db)
      try Self.advance(record, via: nil, in: db)
    }
  }

  private static func nextCounter(_ scope: ContextScope, _ identity: Identity, in db: Database) throws -> Int {
    try counter(scope, identity.id, in: db) + 1
  }

  // MARK: Reading

  /// Entries that are there, oldest first.
  func list(_ filter: Filter) async throws -> [ContextRecord] {
    try await writer.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT context.*, contextLog.key FROM context JOIN contextLog USING (scope, origin)
          WHERE text IS NOT NULL AND (?1 IS NULL OR scope = ?1) AND (?2 IS NULL OR session = ?2)
            AND (?3 IS NULL OR origin = ?3)
          ORDER BY createdAt DESC, origin DESC, scope DESC, context.counter DESC LIMIT ?4
          """,
        arguments: [filter.scope?.rawValue, filter.session, filter.origin?.description, filter.limit])
      return try rows.map { try ContextRecord(row: $0) }.reversed()
    }
  }

  /// How far this node has everything.
  package func vector(_ scopes: Set<ContextScope>) async throws -> ContextVector {
    try await writer.read { try Self.vector(scopes, in: $0) }
  }

  /// What a node lacks that has `have`, as much as fits into one message.
  package func missing(from have: ContextVector, in scopes: Set<ContextScope>) async throws -> Page {
    try await writer.read { [limits] db in
      let own = try Self.vector(scopes, in: db)
      var page = Page(records: [], hasMore: false, have: own)
      var bytes = 0
      let logs = scopes.sorted().flatMap { scope in
        (own.counters[scope] ?? [:]).sorted { $0.key < $1.key }.map { (scope, $0.key, $0.value) }
      }
      for (scope, origin, last) in logs where have[scope, origin] < last {
        let rows = try Row.fetchCursor(
          db,
          sql: """
            SELECT context.*, contextLog.key FROM context JOIN contextLog USING (scope, origin)
            WHERE scope = ? AND origin = ? AND context.counter > ? AND context.counter <= ? ORDER BY context.counter
            """, arguments: [scope.rawValue, origin.description, have[scope, origin], last])
        while let row = try rows.next() {
          var record = try ContextRecord(row: row)
          try Self.attachRemoval(to: &record, row, in: db)
          bytes += record.textBytes
          guard page.records.count < limits.pageRecords, bytes <= limits.pageBytes || page.records.isEmpty else {
            page.hasMore = true
            return page
          }
          page.records.append(record)
        }
      }
      return page
    }
  }

  private static func attachRemoval(to record: inout ContextRecord, _ row: Row, in db: Database) throws {
    guard case .entry(var entry) = record.content, let counter: Int = row["removedBy"] else { return }
    let removal = try Row.fetchOne(
      db, sql: "SELECT createdAt, signature FROM context WHERE scope = ? AND origin = ? AND counter = ?",
      arguments: [record.id.scope.rawValue, record.id.origin.description, counter])
    guard let removal else { throw DatabaseError(message: "the removal of \(record.id) is missing") }
    let signature: Data = removal["signature"]
    entry.removal = .init(counter: counter, createdAt: removal["createdAt"], signature: Array(signature))
    record.content = .entry(entry)
  }
}

extension ContextRecord {
  var textBytes: Int {
    if case .entry(let entry) = content { entry.text?.utf8.count ?? 0 } else { 0 }
  }

  /// - Throws: `DatabaseError` for a row that nobody here has written.
  init(row: Row) throws {
    let (origin, scope, key): (String, String, Data) = (row["origin"], row["scope"], row["key"])
    let signature: Data = row["signature"]
    guard let origin = PeerID(origin), let scope = ContextScope(rawValue: scope), let key = IdentityKey(der: Array(key))
    else { throw DatabaseError(message: "the table context has a row that is no entry") }
    let content: Content
    if let target: Int = row["removes"] {
      content = .removal(of: target)
    } else {
      let (role, hash): (String?, Data?) = (row["role"], row["textHash"])
      content = .entry(
        Entry(
          session: row["session"], role: role.flatMap { ContextRole(rawValue: $0) } ?? .note, text: row["text"],
          textHash: Array(hash ?? Data())))
    }
    self.init(
      id: ContextID(origin: origin, scope: scope, counter: row["counter"]), key: key, content: content,
      createdAt: row["createdAt"], signature: Array(signature))
  }
}
