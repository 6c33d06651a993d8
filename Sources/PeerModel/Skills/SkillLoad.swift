/// How many calls a node runs, as it tells the peers that may use its skills.
package struct SkillLoad: Hashable, Sendable {
  package var running: Int
  /// Calls that wait for a place.
  package var waiting: Int
  /// Calls that may run at one time.
  package var places: Int

  package init(running: Int, waiting: Int, places: Int) {
    self.running = running
    self.waiting = waiting
    self.places = places
  }
}

extension SkillLoad: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      running: try fields.required("running"), waiting: try fields.required("waiting"),
      places: try fields.required("places"))
  }
  package var json: JSONValue { ["running": running.json, "waiting": waiting.json, "places": places.json] }
  package static let schema = Schema.object(
    [
      "running": .integer("Calls that run."), "waiting": .integer("Calls that wait for a place."),
      "places": .integer("Calls that may run at one time."),
    ], required: ["running", "waiting", "places"])
}
