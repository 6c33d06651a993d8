import LocalAPI
import PeerModel

/// The OpenRPC 1.3 description of the local API, generated from the table that dispatches.
struct OpenRPCDocument {
  let table: OperationTable

  var json: JSONValue {
    let methods = table.operations.filter { $0.audience == .owner }.map { operation in
      Self.method(operation.name, operation.summary, operation.parameters, operation.result)
    }
    let own = Self.method(
      DiscoverMethods.name, DiscoverMethods.summary, DiscoverMethods.parameters, DiscoverMethods.result)
    return [
      "openrpc": "1.3.2", "info": ["title": "rd local API", "version": .string(Software.version)],
      "methods": .array(methods + [own]),
    ]
  }

  private static func method(
    _ name: String, _ summary: String, _ parameters: Schema, _ result: Schema
  ) -> JSONValue {
    [
      "name": .string(name), "summary": .string(summary), "paramStructure": "by-name",
      "params": .array(
        parameters.properties.map { property in
          [
            "name": .string(property.name), "required": .bool(parameters.required.contains(property.name)),
            "schema": property.schema,
          ]
        }),
      "result": ["name": "result", "schema": result.json],
    ]
  }
}
