import PeerModel
import Testing

/// The whole table of who may do what. Every cell is written out, so that no rule changes by accident.
@Suite struct AuthorizationTests {
  /// What the table expects of one cell.
  enum Verdict: String, Sendable {
    case allowed
    case unauthenticated
    case notApproved = "not_approved"
    case notAllowed = "not_allowed"
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var permission: Permission
    var owner: Verdict
    var reader: Verdict
    var anonymous: Verdict
    /// In the order of ``TrustLevel/all``: unknown, pending, basic, trusted, full.
    var peer: [Verdict]
    var testDescription: String { permission.rawValue }
  }

  static let id = PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")!

  static let table: [Row] = [
    Row(
      permission: .open, owner: .allowed, reader: .allowed, anonymous: .allowed,
      peer: [.allowed, .allowed, .allowed, .allowed, .allowed]),
    Row(
      permission: .reflect, owner: .allowed, reader: .notAllowed, anonymous: .unauthenticated,
      peer: [.notApproved, .notApproved, .allowed, .allowed, .allowed]),
    Row(
      permission: .ownEntries, owner: .allowed, reader: .notAllowed, anonymous: .unauthenticated,
      peer: [.notApproved, .notApproved, .allowed, .allowed, .allowed]),
    Row(
      permission: .runTask, owner: .allowed, reader: .notAllowed, anonymous: .unauthenticated,
      peer: [.notApproved, .notApproved, .allowed, .allowed, .allowed]),
    Row(
      permission: .useSkills, owner: .allowed, reader: .notAllowed, anonymous: .unauthenticated,
      peer: [.notApproved, .notApproved, .notAllowed, .allowed, .allowed]),
    Row(
      permission: .syncContext, owner: .allowed, reader: .notAllowed, anonymous: .unauthenticated,
      peer: [.notApproved, .notApproved, .notAllowed, .allowed, .allowed]),
    Row(
      permission: .shareDocuments, owner: .allowed, reader: .notAllowed, anonymous: .unauthenticated,
      peer: [.notApproved, .notApproved, .notAllowed, .allowed, .allowed]),
    Row(
      permission: .search, owner: .allowed, reader: .notAllowed, anonymous: .unauthenticated,
      peer: [.notApproved, .notApproved, .notAllowed, .allowed, .allowed]),
    Row(
      permission: .view, owner: .allowed, reader: .allowed, anonymous: .unauthenticated,
      peer: [.notApproved, .notApproved, .notAllowed, .notAllowed, .allowed]),
    Row(
      permission: .administer, owner: .allowed, reader: .notAllowed, anonymous: .unauthenticated,
      peer: [.notApproved, .notApproved, .notAllowed, .notAllowed, .allowed]),
    Row(
      permission: .ownerOnly, owner: .allowed, reader: .notAllowed, anonymous: .unauthenticated,
      peer: [.notAllowed, .notAllowed, .notAllowed, .notAllowed, .notAllowed]),
  ]

  static func verdict(_ caller: Caller, _ permission: Permission) -> String {
    do {
      try caller.authorize(permission)
      return Verdict.allowed.rawValue
    } catch { return error.code.rawValue }
  }

  @Test func theTableNamesEveryPermissionAndEveryLevel() {
    #expect(Self.table.map(\.permission) == Permission.allCases)
    #expect(Self.table.allSatisfy { $0.peer.count == TrustLevel.all.count })
  }

  @Test(arguments: table) func eachCallerGetsTheVerdictOfTheTable(_ row: Row) {
    #expect(Self.verdict(.owner(uid: 0), row.permission) == row.owner.rawValue)
    #expect(Self.verdict(.owner(uid: 1000), row.permission) == row.owner.rawValue)
    #expect(Self.verdict(.reader(uid: 0), row.permission) == row.reader.rawValue, "not even root, as a reader")
    #expect(Self.verdict(.reader(uid: 1000), row.permission) == row.reader.rawValue)
    #expect(Self.verdict(.anonymous, row.permission) == row.anonymous.rawValue)
    for (level, expected) in zip(TrustLevel.all, row.peer) {
      #expect(Self.verdict(.peer(Self.id, level), row.permission) == expected.rawValue, "peer at \(level)")
    }
  }

  @Test func aLevelThatIsTooLowIsNamedWithTheCommandThatRaisesIt() {
    let error = #expect(throws: NodeError.self) { try Caller.peer(Self.id, .basic).authorize(.useSkills) }
    #expect(error?.message == "trust level basic does not allow this, it needs trusted")
    #expect(error?.hint == "r trust peer-aaaqeaye trusted")
  }

  @Test func aReaderIsToldWhichGroupOwns() {
    let error = #expect(throws: NodeError.self) { try Caller.reader(uid: 1001).authorize(.administer) }
    #expect(error?.message == "user 1001 may only look; owners are in the group rd (log in again after joining it)")
    #expect(error?.hint == "sudo usermod -aG rd $USER")
  }

  @Test(arguments: [
    (Caller.owner(uid: 1000), "uid:1000"), (.reader(uid: 1001), "reader:1001"), (.anonymous, "anonymous"),
    (.peer(id, .full), "peer-aaaqeayeaudaocajbifqydiob4ibceqt"),
  ])
  func theAuditLogNamesTheCaller(_ caller: Caller, _ name: String) {
    #expect(caller.auditName == name)
  }

  /// Contract section 3: what each level newly brings.
  @Test(arguments: [
    (TrustLevel.unknown, ["open"]), (.pending, ["open"]), (.basic, ["open", "reflect", "own_entries", "run_task"]),
    (
      .trusted,
      ["open", "reflect", "own_entries", "run_task", "use_skills", "sync_context", "share_documents", "search"]
    ),
    (
      .full,
      [
        "open", "reflect", "own_entries", "run_task", "use_skills", "sync_context", "share_documents", "search", "view",
        "administer",
      ]
    ),
  ])
  func everyLevelHasWhatTheSpecificationGivesIt(_ level: TrustLevel, _ names: [String]) {
    let allowed = Permission.allCases.filter { Self.verdict(.peer(Self.id, level), $0) == "allowed" }
    #expect(allowed.map(\.rawValue) == names)
  }
}
