import PeerModel

/// The OpenAPI 3.1 description of the HTTP API, generated from the operation table.
struct OpenAPIDocument {
  let table: OperationTable

  var json: JSONValue {
    var paths: [String: JSONValue] = [
      "/health": ["get": Self.open("Tell that the node is alive.", "status")],
      "/v1/p2p/info": ["get": Self.open("Tell who this node is and which protocol it speaks.", "info")],
      "/v1/p2p/auth/handshake": ["post": Self.handshake],
    ]
    for operation in table.operations {
      guard let route = operation.route else { continue }
      var item = paths[route.path]?.objectValue ?? [:]
      item[route.verb.rawValue.lowercased()] = Self.describe(operation, route)
      paths[route.path] = .object(item)
    }
    return [
      "openapi": "3.1.0",
      "info": ["title": "rd peer API", "version": .string(Software.version)],
      "paths": .object(paths),
      "components": [
        "securitySchemes": ["token": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"]],
        "schemas": ["Problem": problem],
      ],
    ]
  }

  private var problem: JSONValue {
    Schema.object([
      "type": .string("Always about:blank."), "status": .integer("HTTP status."), "title": .string("The kind."),
      "detail": .string("One sentence."), "code": .string("Stable code."), "hint": .string("The next step."),
      "candidates": .array(of: .string("A candidate."), "What an ambiguous word may mean."),
    ]).json
  }

  private static func describe(_ operation: Operation, _ route: Operation.Route) -> JSONValue {
    let inPath = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    let others = operation.parameters.properties.filter { !inPath.contains($0.name) }
    var parameters: [JSONValue] = inPath.map { name in
      ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
    }
    var members: [String: JSONValue] = [
      "operationId": .string(operation.name), "summary": .string(operation.summary),
      "security": operation.audience == .peers ? [["token": []]] : [[:], ["token": []]],
      "responses": responses(operation.result.json),
    ]
    if route.verb == .post {
      members["requestBody"] = ["content": [MediaType.json: ["schema": bodySchema(operation, without: inPath)]]]
    } else {
      parameters += others.map { name, schema in
        ["name": .string(name), "in": "query", "required": false, "schema": schema]
      }
    }
    members["parameters"] = parameters.isEmpty ? nil : .array(parameters)
    return .object(members)
  }

  private static func bodySchema(_ operation: Operation, without inPath: [String]) -> JSONValue {
    guard case .object(var schema) = operation.parameters.json else { return [:] }
    let properties = schema["properties"]?.objectValue ?? [:]
    schema["properties"] = .object(properties.filter { !inPath.contains($0.key) })
    let required = operation.parameters.required.filter { !inPath.contains($0) }
    schema["required"] = required.isEmpty ? nil : required.json
    return .object(schema)
  }

  private static func responses(_ schema: JSONValue, success: String = "200") -> JSONValue {
    [
      success: ["description": "Done.", "content": [MediaType.json: ["schema": schema]]],
      "default": [
        "description": "A problem document.",
        "content": [MediaType.problem: ["schema": ["$ref": "#/components/schemas/Problem"]]],
      ],
    ]
  }

  private static func open(_ summary: String, _ id: String) -> JSONValue {
    [
      "operationId": .string(id), "summary": .string(summary), "security": [[:]],
      "responses": responses(["type": "object"]),
    ]
  }

  private static var handshake: JSONValue {
    [
      "operationId": "handshake", "summary": "Initial authentication: hello, then proof.", "security": [[:]],
      "requestBody": ["required": true, "content": [MediaType.json: ["schema": ["type": "object"]]]],
      "responses": .object(
        (responses(["type": "object"]).objectValue ?? [:]).merging([
          "202": [
            "description": "The owner has not decided yet.",
            "content": [MediaType.json: ["schema": ["type": "object"]]],
          ]
        ]) { $1 }),
    ]
  }
}
