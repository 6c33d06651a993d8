package import PeerModel

/// What one check of a diagnosis found.
package struct Finding: JSONConvertible, Hashable {
  package enum Status: String, CaseIterable, Sendable {
    case ok, warn, fail, skip
  }

  /// A ``CheckID``; open, since the daemon may be newer.
  package var id: String
  /// Checks of one section stand together: `this client`, `this node`, `peer office-mac`.
  package var section: String
  package var status: Status
  /// What was found, one line.
  package var summary: String
  /// Why, where it is not well: one or two sentences.
  package var cause: String?
  /// A command that mends it or shows more, to be pasted into a shell.
  package var command: String?
  /// The node on which the command is to be run; nil for this one.
  package var place: String?
  /// The facts that were judged.
  package var details: [String: JSONValue]

  package init(
    _ check: CheckID, _ section: String, _ status: Status, _ summary: String, cause: String? = nil,
    command: String? = nil, on place: String? = nil, details: [String: JSONValue] = [:]
  ) {
    id = check.rawValue
    self.section = section
    self.status = status
    self.summary = summary
    self.cause = cause
    self.command = command
    self.place = place
    self.details = details
  }

  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    id = try fields.required("id")
    section = try fields.required("section")
    let word: String = try fields.required("status")
    guard let status = Status(rawValue: word) else { throw NodeError(.invalidArguments, "/status: unknown") }
    self.status = status
    summary = try fields.required("summary")
    cause = try fields.optional("cause")
    command = try fields.optional("command")
    place = try fields.optional("command_on")
    details = fields.value("details")?.objectValue ?? [:]
  }

  package var json: JSONValue {
    [
      "id": id.json, "section": section.json, "status": .string(status.rawValue), "summary": summary.json,
      "cause": cause?.json ?? .null, "command": command?.json ?? .null, "command_on": place?.json ?? .null,
      "details": .object(details),
    ]
  }

  package static let schema = Schema.object([
    "id": .string("The check, as in the reference page."), "section": .string("Which checks stand together."),
    "status": .enumeration(Status.allCases.map(\.rawValue), "How it went."),
    "summary": .string("What was found."), "cause": .string("Why, where it is not well.").orNull,
    "command": .string("A command that mends it or shows more.").orNull,
    "command_on": .string("The node to run the command on; null for this one.").orNull,
    "details": .object([:], "The facts that were judged.", open: true),
  ])
}

/// A whole diagnosis.
package struct Diagnosis: JSONConvertible, Hashable {
  package var checks: [Finding]

  package init(checks: [Finding]) { self.checks = checks }
  package init(json: JSONValue) throws(NodeError) { checks = try JSONFields(json).required("checks") }
  package var json: JSONValue {
    ["checks": checks.json, "failed": count(.fail).json, "warned": count(.warn).json]
  }

  /// How many checks ended so.
  package func count(_ status: Finding.Status) -> Int { checks.filter { $0.status == status }.count }

  package static let schema = Schema.object([
    "checks": .array(of: Finding.schema, "In the order in which they were made."),
    "failed": .integer("How many failed."), "warned": .integer("How many warn."),
  ])
}
