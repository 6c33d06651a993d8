import PeerModel
import Testing

@Suite struct PeerTests {
  static let full = Peer(
    id: PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")!, name: "nachbar", host: "192.0.2.7", port: 8765,
    status: .approved, trust: .trusted, skills: ["pdf", "text"], capabilities: ["skills", "frames"],
    lastSeen: 1_700_000_000, online: true, version: "0.1.0", fingerprint: "ab:cd", latencyMilliseconds: 1.5,
    verificationCode: "1234-5678", approvedBy: "uid:1000")
  static let bare = Peer(
    id: PeerID("peer-77777777777777777777777777777777")!, name: "neu", host: "fe80::1%eth0", port: 1,
    status: .discovered, trust: .unknown)

  /// The members that contract section 4 names, each with its value.
  @Test func aPeerHasEveryMemberOfTheContract() throws {
    let text = #"""
      {"approved_by":"uid:1000","capabilities":["skills","frames"],"fingerprint":"ab:cd","granted_trust":null,"host":"192.0.2.7",
       "last_seen":1700000000,"latency_ms":1.5,"name":"nachbar","online":true,
       "peer_id":"peer-aaaqeayeaudaocajbifqydiob4ibceqt","port":8765,"skills":["pdf","text"],"status":"approved",
       "trust":"trusted","trust_level":75,"verification_code":"1234-5678","version":"0.1.0"}
      """#
    #expect(try Self.full.json == JSONParser.parse(text))
    #expect(try Peer(json: JSONParser.parse(text)) == Self.full)
  }

  @Test(arguments: [full, bare]) func aPeerSurvivesItsJSONAndFitsItsSchema(_ peer: Peer) throws {
    #expect(try Peer(json: peer.json) == peer)
    #expect(Peer.schema.firstFault(of: peer.json) == nil)
  }

  @Test func aSkillSurvivesItsJSONAndFitsItsSchema() throws {
    let tool = ToolDescription(
      name: "count", summary: "Counts.", arguments: .object(["text": .string("T.")], required: ["text"]))
    for reason in [nil, "needs pdftotext: apt install poppler-utils"] {
      let skill = SkillDescription(name: "text", summary: "Text.", tools: [tool], unavailable: reason)
      #expect(try SkillDescription(json: skill.json) == skill)
      #expect(skill.json["available"] == .bool(reason == nil))
      #expect(SkillDescription.schema.firstFault(of: skill.json) == nil)
    }
  }
}
