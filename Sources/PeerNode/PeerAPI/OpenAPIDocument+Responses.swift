import PeerModel

/// What each endpoint may answer.
extension OpenAPIDocument {
  static let problem = Schema.object(
    [
      "type": .string("Always about:blank."), "status": .integer("HTTP status.", minimum: 400, maximum: 599),
      "title": .string("The kind."), "detail": .string("One sentence."), "code": .string("Stable code."),
      "hint": .string("The next step."), "candidates": .array(of: .string("A candidate."), "What a word may mean."),
    ], required: ["type", "status", "title", "detail", "code"])

  static func responses(_ operation: Operation, hasPath: Bool) -> JSONValue {
    // Whoever calls may be refused, limited, or meet a node that is short of something.
    var statuses: Set<Int> = [400, 401, 403, 413, 415, 422, 429, 500, 503, 504, 507]
    if hasPath { statuses.formUnion([404, 409]) }
    if operation.route?.verb == .post { statuses.formUnion([404, 409, 502]) }
    guard operation.result.json["format"] != "file" else { return contentResponses(failing: statuses) }
    switch operation.name {
    case PeerWatchTask.name:
      let stream: JSONValue = [EventStream.mediaType: ["schema": ["type": "string"]]]
      return responses(["200": ["description": "Events, until the end.", "content": stream]], failing: statuses)
    case PeerRunTask.name:
      return responses(
        ["200": done(operation.result), "202": accepted(PeerRunTask.accepted)], failing: statuses)
    default:
      return responses(["200": done(operation.result)], failing: statuses)
    }
  }

  private static func done(_ schema: Schema) -> JSONValue {
    ["description": "Done.", "content": [MediaType.json: ["schema": schema.json]]]
  }

  private static func accepted(_ schema: Schema) -> JSONValue {
    [
      "description": "Accepted, with Prefer: respond-async (RFC 7240); the outcome will be at Location.",
      "headers": ["Location": ["schema": ["type": "string"], "required": true, "description": "Where to ask."]],
      "content": [MediaType.json: ["schema": schema.json]],
    ]
  }

  /// An operation whose answer is a file.
  private static func contentResponses(failing statuses: Set<Int>) -> JSONValue {
    let content: JSONValue = [ContentResponse.mediaType: ["schema": ["type": "string", "format": "binary"]]]
    return responses(
      [
        "200": ["description": "The whole.", "content": content],
        "206": ["description": "The range that was asked for.", "content": content],
        "304": ["description": "The caller has it already."],
      ], failing: statuses.union([416]))
  }

  static func responses(_ successes: [String: JSONValue], failing statuses: Set<Int>) -> JSONValue {
    .object(
      statuses.reduce(into: successes) { responses, status in
        var response: [String: JSONValue] = [
          "description": .string(title(of: status)),
          "content": [MediaType.problem: ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
        response["headers"] = header(of: status)
        responses[String(status)] = .object(response)
      })
  }

  private static func title(of status: Int) -> String {
    let titles = ErrorCode.table.values.filter { $0.http == status }.map(\.title)
    return Set(titles).sorted().joined(separator: "; ") + "."
  }

  private static func header(of status: Int) -> JSONValue? {
    switch status {
    case 401: ["WWW-Authenticate": ["schema": ["type": "string"], "description": "Bearer."]]
    case 429:
      ["Retry-After": ["schema": ["type": "integer"], "required": true, "description": "Seconds."]]
    case 503: ["Retry-After": ["schema": ["type": "integer"], "description": "Seconds, where that is known."]]
    default: nil
    }
  }
}
