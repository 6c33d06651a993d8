import PeerModel

/// The OpenAPI 3.1 description of the HTTP API, generated from the operation table.
struct OpenAPIDocument {
  let table: OperationTable

  var json: JSONValue {
    var paths = Self.openPaths
    for operation in table.operations {
      guard let route = operation.route else { continue }
      var item = paths[route.path]?.objectValue ?? [:]
      item[route.verb.rawValue.lowercased()] = Self.describe(operation, route)
      paths[route.path] = .object(item)
    }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "rd peer API", "version": .string(Software.version),
        "description": .string(
          "Bodies are JSON whatever their Content-Type says, and never compressed. Every refusal is a problem document "
            + "(RFC 9457). GET endpoints answer HEAD too."),
      ],
      "paths": .object(paths),
      "components": [
        "securitySchemes": [
          "token": [
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "From the handshake. The owner on loopback needs none for the owner's endpoints.",
          ]
        ],
        "schemas": ["Problem": Self.problem.json],
      ],
    ]
  }

  private static func describe(_ operation: Operation, _ route: Operation.Route) -> JSONValue {
    let inPath = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    let properties = Dictionary(operation.parameters.properties.map { ($0.name, $0.schema) }) { $1 }
    var parameters: [JSONValue] = inPath.map { name in
      var schema = properties[name]?.objectValue ?? ["type": "string"]
      schema["minLength"] = 1
      return ["name": .string(name), "in": "path", "required": true, "schema": .object(schema)]
    }
    var members: [String: JSONValue] = [
      "operationId": .string(operation.name), "summary": .string(operation.summary),
      "description": .string(access(operation)),
      "security": operation.audience == .peers ? [["token": []]] : [[:], ["token": []]],
      "responses": responses(operation, hasPath: !inPath.isEmpty),
    ]
    if route.verb == .post {
      let schema = bodySchema(operation, without: inPath)
      members["requestBody"] = [
        "required": .bool(schema["required"] != nil), "content": [MediaType.json: ["schema": schema]],
      ]
    } else {
      let required = operation.parameters.required
      parameters += operation.parameters.properties.filter { !inPath.contains($0.name) }.map { name, schema in
        ["name": .string(name), "in": "query", "required": .bool(required.contains(name)), "schema": schema]
      }
    }
    members["parameters"] = parameters.isEmpty ? nil : .array(parameters)
    return .object(members)
  }

  private static func access(_ operation: Operation) -> String {
    let level = operation.permission.requiredTrust.map { "a peer's token at level \($0) or above" }
    return switch operation.audience {
    case .owner: "For the owner on loopback" + (level.map { ", or \($0)." } ?? ".")
    case .peers: "For \(level ?? "nobody")."
    }
  }

  private static func bodySchema(_ operation: Operation, without inPath: [String]) -> JSONValue {
    guard case .object(var schema) = operation.parameters.json else { return [:] }
    let properties = schema["properties"]?.objectValue ?? [:]
    schema["properties"] = .object(properties.filter { !inPath.contains($0.key) }.mapValues(exact))
    let required = operation.parameters.required.filter { !inPath.contains($0) }
    schema["required"] = required.isEmpty ? nil : required.json
    return .object(schema)
  }

  /// A trust level is a name or a number: which ones, a type alone cannot say.
  private static func exact(_ schema: JSONValue) -> JSONValue {
    guard schema["type"] == ["string", "integer"], var members = schema.objectValue else { return schema }
    members["type"] = nil
    members["enum"] = .array(TrustLevel.grantable.flatMap { [$0.json, $0.value.json] })
    return .object(members)
  }
}
