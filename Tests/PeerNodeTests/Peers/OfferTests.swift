import FoundationEssentials
import GRDB
import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// The kept lists of what peers offer.
@Suite struct OfferTests {
  static func skill(_ name: String, _ tools: [String] = ["run"], summary: String = "S") -> SkillDescription {
    SkillDescription(
      name: name, summary: summary,
      tools: tools.map { ToolDescription(name: $0, summary: "T", arguments: .object([:])) })
  }
  static func offer(_ skills: [SkillDescription], version: String? = "v1", at time: Int = 100) -> Offer {
    Offer(version: version, fetchedAt: time, skills: skills)
  }

  @Test func itSurvivesARestart() async throws {
    var bench = try RegistryBench()
    let id = try await bench.approved()
    let offer = Self.offer([Self.skill("pdf", ["info", "text"]), Self.skill("ocr")])
    try await bench.registry.keep(offer, of: id)
    #expect(bench.registry.offer(of: id) == offer)
    #expect(bench.registry.peer(id)?.skills == ["pdf", "ocr"])
    bench = try bench.reopened()
    #expect(bench.registry.offer(of: id) == offer)
    #expect(bench.registry.peer(id)?.skills == ["pdf", "ocr"])
  }

  @Test func itGoesWithAPeerThatIsRefusedOrForgotten() async throws {
    for refusal in ["reject", "block", "remove"] {
      var bench = try RegistryBench()
      let id = try await bench.approved()
      try await bench.registry.keep(Self.offer([Self.skill("pdf")]), of: id)
      switch refusal {
      case "reject": try await bench.registry.reject(id, by: bench.owner)
      case "block": try await bench.registry.block(id, by: bench.owner)
      default: try await bench.registry.remove(id, by: bench.owner)
      }
      #expect(bench.registry.offer(of: id) == nil, "\(refusal)")
      // Also what comes late.
      try await bench.registry.keep(Self.offer([Self.skill("pdf")]), of: id)
      #expect(bench.registry.offer(of: id) == nil, "\(refusal)")
      bench = try bench.reopened()
      #expect(bench.registry.offer(of: id) == nil, "\(refusal)")
    }
  }

  @Test func namesThatCannotBeUsedOrComeTwiceAreLeftOut() {
    let told = [
      Self.skill("pdf", ["info", "info", "a b", "", "-x", "x;y", "$(x)", "a.b/c", String(repeating: "x", count: 65)]),
      Self.skill("pdf", ["other"]), Self.skill("a.b"), Self.skill("\u{1B}[2J"), Self.skill(""), Self.skill("ocr"),
    ]
    let offer = Self.offer(told)
    #expect(offer.skills.map(\.name) == ["pdf", "ocr"])
    #expect(offer.skills[0].tools.map(\.name) == ["info", "a.b/c"])
  }

  @Test func toolsThatCannotBeUsedAreNotFound() {
    var skill = Self.skill("pdf", ["info", "text"])
    skill.tools[1].unavailable = "pdftotext is not installed"
    var other = Self.skill("ocr")
    other.unavailable = "tesseract is not installed"
    let offer = Self.offer([skill, other])
    #expect(offer.usableTools("pdf") == ["pdf.info"])
    #expect(offer.usableTools("pdf.text").isEmpty)
    #expect(offer.usableTools("ocr").isEmpty)
    #expect(offer.tool("text", of: "pdf") != nil, "it is described all the same")
  }

  @Test func oneListIsBoundedAndSoAreAllTogether() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved()
    let huge = Self.offer([Self.skill("s", summary: String(repeating: "x", count: Offer.maximumSize))])
    await expectRefusal(.tooLarge) { try await bench.registry.keep(huge, of: id) }
    #expect(bench.registry.offer(of: id) == nil)
    let large = String(repeating: "x", count: Offer.maximumSize - 1000)
    var ids: [PeerID] = []
    for number in 0..<20 {
      let id = try await bench.approved("p\(number)")
      ids.append(id)
      try await bench.registry.keep(Self.offer([Self.skill("s", summary: large)], at: number), of: id)
    }
    let kept = ids.filter { bench.registry.offer(of: $0) != nil }
    #expect(kept == Array(ids.suffix(16)), "the oldest go")
    let rows = try await bench.store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM offer") }
    #expect(rows == 16)
  }

  @Test func itGoesAlongWhenThePeerChangesItsKey() async throws {
    var bench = try RegistryBench()
    var line = RegistryRotationTests.Line()
    _ = try await bench.registry.requested(
      RegistryBench.hello(line.identities[0], name: "line"), from: "192.0.2.1", grant: nil)
    let old = line.id
    try await bench.registry.approve(old, trust: .full, maximum: 9, by: bench.owner)
    let offer = Self.offer([Self.skill("pdf")])
    try await bench.registry.keep(offer, of: old)
    let pins = ToolPins(store: bench.store)
    let tool = offer.skills[0].tools[0]
    let digest = try await pins.admit(tool, of: "pdf", from: .peer(old), named: "line", by: "uid:1")
    try line.rotate()
    _ = try await bench.registry.follow(line.chain, to: line.key)
    for _ in 0..<2 {
      #expect(bench.registry.offer(of: line.id) == offer)
      #expect(bench.registry.offer(of: old) == nil)
      #expect(try await ToolPins(store: bench.store).digest("pdf", "run", of: .peer(line.id)) == digest)
      bench = try bench.reopened()
    }
  }
}
