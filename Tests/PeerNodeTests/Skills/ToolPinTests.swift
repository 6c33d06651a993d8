import GRDB
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Trust on first use of other people's tools.
@Suite struct ToolPinTests {
  static let tool = ToolDescription(
    name: "send", summary: "Send a letter.",
    arguments: .object(["to": .string("Who gets it."), "weight": .number("Grams.", minimum: 0.5)], required: ["to"]))

  static func changed(_ change: (inout ToolDescription) -> Void) -> ToolDescription {
    var tool = tool
    change(&tool)
    return tool
  }

  // MARK: The hash

  @Test(arguments: [
    changed { $0.name = "sent" }, changed { $0.summary += " " }, changed { $0.isReadOnly = true },
    changed { $0.arguments = .object(["to": .string("Who gets it.")]) },
    changed { $0.arguments = $0.arguments.adding(["copy": .string("Who else.")]) },
    changed { $0.arguments = $0.arguments.orNull },
    // One character, two spellings.
    changed { $0.summary = "Caf\u{E9}" }, changed { $0.summary = "Cafe\u{301}" },
  ])
  func whateverIsShownCounts(_ other: ToolDescription) {
    #expect(ToolDigest(other, of: "post") != ToolDigest(Self.tool, of: "post"))
    #expect(ToolDigest(other, of: "post") == ToolDigest(other, of: "post"))
  }

  @Test func spellingsOfOneCharacterDiffer() {
    #expect(
      ToolDigest(Self.changed { $0.summary = "Caf\u{E9}" }, of: "post")
        != ToolDigest(Self.changed { $0.summary = "Cafe\u{301}" }, of: "post"))
  }

  @Test func theSkillCountsAndAvailabilityDoesNot() {
    #expect(ToolDigest(Self.tool, of: "mail") != ToolDigest(Self.tool, of: "post"))
    #expect(
      ToolDigest(Self.changed { $0.unavailable = "post is not installed" }, of: "post")
        == ToolDigest(Self.tool, of: "post"))
  }

  @Test func theWayOverTheWireChangesNothing() throws {
    let text = SkillDescription(name: "post", summary: "Post.", tools: [Self.tool]).json.indentedText
    let there = try SkillDescription(json: JSONParser.parse(text))
    #expect(ToolDigest(there.tools[0], of: "post") == ToolDigest(Self.tool, of: "post"))
  }

  /// Computed by another implementation: `sha256sum` over the text that the threat model's page describes.
  @Test func theHashIsTheOneThatIsDocumented() {
    let tool = ToolDescription(name: "t", summary: "d", arguments: Schema(shown: ["type": "object"]))
    #expect(
      ToolDigest(tool, of: "s").description
        == "sha256:1709d9c18be18aa53297849a57ce66db30ec2565ec3b54a82a7b96a13c07bb9a")
  }

  @Test(arguments: [
    "", "sha256:", "sha256:0a", "0a", "sha512:" + String(repeating: "0a", count: 32),
    "sha256:" + String(repeating: "0A", count: 32), "sha256:" + String(repeating: "0g", count: 32),
    "sha256:" + String(repeating: "0a", count: 33),
  ])
  func whatIsNoHashIsNone(_ text: String) { #expect(ToolDigest(text) == nil) }

  // MARK: Pins

  /// Lives as long as the test.
  private let folder = TemporaryFolder()

  private func pins() throws -> (ToolPins, Store) {
    let store = try Store(directory: folder.path)
    return (ToolPins(store: store), store)
  }
  private static let source = PinSource.peer(PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")!)

  private static func use(
    _ pins: ToolPins, _ tool: ToolDescription = tool, from source: PinSource = source
  ) async throws -> ToolDigest {
    try await pins.admit(tool, of: "post", from: source, named: "beta", by: "uid:7")
  }

  @Test func theFirstUsePinsAndIsOnRecord() async throws {
    let (pins, store) = try pins()
    #expect(try await pins.digest("post", "send", of: Self.source) == nil)
    let digest = try await Self.use(pins)
    #expect(try await pins.digest("post", "send", of: Self.source) == digest)
    let pin = try #require(try await pins.all().first)
    #expect((pin.tool, pin.skill, pin.acceptedBy) == (Self.tool, "post", nil))
    #expect(try await Self.use(pins) == digest)
    let entries = try await store.pool.read { try AuditEntry.fetchAll($0) }
    #expect(entries.map(\.operation) == ["pin"], "once")
    #expect(entries.map(\.subject) == ["post.send"])
    #expect(entries.map(\.caller) == ["uid:7"])
  }

  @Test func aChangeIsRefusedUntilItIsAccepted() async throws {
    let (pins, store) = try pins()
    _ = try await Self.use(pins)
    let other = Self.changed { $0.summary = "Send a letter, and a copy to me." }
    for _ in 0..<2 {
      let error = await #expect(throws: NodeError.self) { try await Self.use(pins, other) }
      #expect(error?.code == .toolChanged)
      #expect(error?.hint == "r skills accept peer-aaaqeaye post.send")
    }
    let accepted = ToolPin(
      source: Self.source, skill: "post", tool: other, digest: ToolDigest(other, of: "post"), pinnedAt: 1,
      acceptedBy: "uid:1000")
    try await pins.accept(accepted, by: .owner(uid: 1000))
    #expect(try await Self.use(pins, other) == accepted.digest)
    #expect(try await pins.pin("post", "send", of: Self.source) == accepted)
    // And not back again.
    await expectRefusal(.toolChanged) { try await Self.use(pins) }
    let entries = try await store.pool.read { try AuditEntry.fetchAll($0) }
    #expect(entries.map(\.operation) == ["pin", "accept"])
  }

  @Test func sourcesAreApart() async throws {
    let (pins, _) = try pins()
    let other = Self.changed { $0.summary = "Other." }
    _ = try await Self.use(pins)
    _ = try await Self.use(pins, other, from: .mcp("files"))
    _ = try await Self.use(pins, other, from: .peer(HandshakeBench.identity().id))
    #expect(try await pins.all().count == 3)
    #expect(try await pins.all(of: .mcp("files")).map(\.name) == ["post.send"])
    let error = await #expect(throws: NodeError.self) { try await Self.use(pins, from: .mcp("files")) }
    #expect(error?.hint == "r skills accept mcp:files post.send")
  }

  @Test func firstUsesAtOneMomentPinOne() async throws {
    let (pins, _) = try pins()
    let other = Self.changed { $0.summary = "Other." }
    let outcomes = await withTaskGroup(of: ErrorCode?.self) { group in
      for index in 0..<16 {
        group.addTask {
          do { _ = try await Self.use(pins, index.isMultiple(of: 2) ? Self.tool : other) } catch {
            return (error as? NodeError)?.code
          }
          return nil
        }
      }
      return await group.reduce(into: [ErrorCode?]()) { $0.append($1) }
    }
    #expect(outcomes.filter { $0 == nil }.count == 8)
    #expect(outcomes.filter { $0 == .toolChanged }.count == 8)
  }

  @Test func whatIsKeptOfOneSourceIsBounded() async throws {
    let (pins, store) = try pins()
    let large = Self.changed { $0.summary = String(repeating: "x", count: ToolPins.maximumSize) }
    await expectRefusal(.tooLarge) { try await Self.use(pins, large) }
    _ = try await Self.use(pins)
    try await store.pool.write { db in
      try db.execute(
        sql: """
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
          INSERT INTO toolPin SELECT source, skill, 'tool' || i, digest, description, 0, NULL FROM toolPin, n
          """, arguments: [ToolPins.maximumCount - 1])
    }
    await expectRefusal(.limitReached) { try await Self.use(pins, Self.changed { $0.name = "more" }) }
    _ = try await Self.use(pins)
    _ = try await Self.use(pins, from: .mcp("files"))
  }

  // MARK: Who goes and who stays

  @Test func pinsGoWithAPeerThatIsForgottenAndStayWithOneThatIsRefused() async throws {
    let bench = try RegistryBench()
    let pins = ToolPins(store: bench.store)
    let (kept, gone) = (try await bench.approved("kept"), try await bench.approved("gone"))
    for id in [kept, gone] { _ = try await Self.use(pins, from: .peer(id)) }
    try await bench.registry.reject(kept, by: bench.owner)
    try await bench.registry.remove(gone, by: bench.owner)
    #expect(try await pins.all().map(\.source) == [.peer(kept)])
  }

  @Test(arguments: [("mcp:files", "mcp:files"), ("mcp:", "mcp:"), ("beta", nil), ("", nil)])
  func sourcesAreNamedAsOneReadsThem(_ text: String, _ word: String?) {
    #expect(PinSource(text)?.description == word)
  }
}
