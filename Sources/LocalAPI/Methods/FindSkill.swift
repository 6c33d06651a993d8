package import PeerModel

/// `p2p.find_skill`: which peers offer a skill, the best first, from what they last told.
package enum FindSkill: Method {
  package static let name = "p2p.find_skill"
  package static let summary = "Find the peers that offer a skill."

  package struct Parameters: JSONConvertible, Hashable {
    /// `skill` or `skill.tool`.
    package var skill: String
    package init(skill: String) { self.skill = skill }
    package init(json: JSONValue) throws(NodeError) { skill = try JSONFields(json).required("skill") }
    package var json: JSONValue { ["skill": skill.json] }
  }
  package struct Offer: JSONConvertible, Hashable {
    package var id: PeerID
    package var name: String
    package var online: Bool
    package var tools: [String]
    /// When it told its list of skills, seconds since 1970.
    package var fetchedAt: Int
    /// How busy it is, as it last told.
    package var load: SkillLoad?
    package var latencyMilliseconds: Double?
    package init(
      id: PeerID, name: String, online: Bool, tools: [String], fetchedAt: Int, load: SkillLoad? = nil,
      latencyMilliseconds: Double? = nil
    ) {
      self.id = id
      self.name = name
      self.online = online
      self.tools = tools
      self.fetchedAt = fetchedAt
      self.load = load
      self.latencyMilliseconds = latencyMilliseconds
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        id: try fields.required("peer_id"), name: try fields.required("name"), online: try fields.required("online"),
        tools: try fields.required("tools"), fetchedAt: try fields.required("fetched_at"),
        load: try fields.optional("load"), latencyMilliseconds: try fields.optional("latency_ms"))
    }
    package var json: JSONValue {
      [
        "peer_id": id.json, "name": name.json, "online": online.json, "tools": tools.json,
        "fetched_at": fetchedAt.json, "load": load?.json ?? .null, "latency_ms": latencyMilliseconds?.json ?? .null,
      ]
    }
  }
  package struct Result: JSONConvertible, Hashable {
    package var skill: String
    package var offers: [Offer]
    package init(skill: String, offers: [Offer]) {
      self.skill = skill
      self.offers = offers
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      skill = try fields.required("skill")
      offers = try fields.required("peers")
    }
    package var json: JSONValue { ["skill": skill.json, "peers": offers.json] }
  }
  package static let parameters = Schema.object(
    ["skill": .string("A skill, or skill.tool.", maximumLength: 129)], required: ["skill"])
  package static let result = Schema.object([
    "skill": .string("What was asked for."),
    "peers": .array(
      of: .object([
        "peer_id": .string("The peer."), "name": .string("Its name."), "online": .boolean("Reached lately."),
        "tools": .array(of: .string("skill.tool"), "The tools that match."),
        "fetched_at": .integer("When it told its list of skills, seconds since 1970."),
        "load": SkillLoad.schema.orNull, "latency_ms": .number("Last round trip.").orNull,
      ]), "The best first: by availability, load and latency."),
  ])
}
