/// Where a value breaks its schema.
package struct SchemaFault: Hashable, Sendable {
  /// JSON pointer into the value (RFC 6901).
  package var pointer: String
  package var reason: String
}

extension Schema {
  /// - Throws: ``NodeError`` `invalid_arguments` naming the JSON pointer of the first fault.
  package func validate(_ value: JSONValue) throws(NodeError) {
    if let fault = Self.fault(of: value, in: json, at: "") {
      throw NodeError(.invalidArguments, "\(fault.pointer.isEmpty ? "/" : fault.pointer): \(fault.reason)")
    }
  }

  /// The first fault of `value`, nil when it fits.
  package func firstFault(of value: JSONValue) -> SchemaFault? { Self.fault(of: value, in: json, at: "") }

  private static func fault(of value: JSONValue, in schema: JSONValue, at pointer: String) -> SchemaFault? {
    if let fault = typeFault(of: value, in: schema, at: pointer) { return fault }
    if let allowed = schema["enum"]?.arrayValue, !allowed.contains(value) {
      let names = allowed.map { $0.stringValue ?? $0.text }.joined(separator: ", ")
      return SchemaFault(pointer: pointer, reason: "must be one of \(names)")
    }
    if let options = schema["anyOf"]?.arrayValue,
      !options.contains(where: { fault(of: value, in: $0, at: pointer) == nil })
    {
      return SchemaFault(pointer: pointer, reason: "fits none of the allowed forms")
    }
    switch value {
    case .integer, .number: return rangeFault(of: value, in: schema, at: pointer)
    case .string(let text): return lengthFault(of: text, in: schema, at: pointer)
    case .array(let elements): return arrayFault(of: elements, in: schema, at: pointer)
    case .object(let members): return objectFault(of: members, in: schema, at: pointer)
    case .null, .bool: return nil
    }
  }

  private static func typeFault(of value: JSONValue, in schema: JSONValue, at pointer: String) -> SchemaFault? {
    guard let type = schema["type"] else { return nil }
    let names = type.arrayValue?.compactMap(\.stringValue) ?? [type.stringValue].compactMap { $0 }
    let fits = names.contains { name in
      switch name {
      case "integer": value.integerValue != nil
      case "number": value.doubleValue != nil
      default: value.typeName == name
      }
    }
    if !fits, schema["format"] == "file" {
      return SchemaFault(pointer: pointer, reason: "expected a file, got \(value.typeName); with r: key=@FILE")
    }
    return fits
      ? nil
      : SchemaFault(pointer: pointer, reason: "expected \(names.joined(separator: " or ")), got \(value.typeName)")
  }

  private static func rangeFault(of value: JSONValue, in schema: JSONValue, at pointer: String) -> SchemaFault? {
    guard let number = value.doubleValue else { return nil }
    if let minimum = schema["minimum"]?.doubleValue, number < minimum {
      return SchemaFault(pointer: pointer, reason: "must be at least \(schema["minimum"]?.text ?? "")")
    }
    if let maximum = schema["maximum"]?.doubleValue, number > maximum {
      return SchemaFault(pointer: pointer, reason: "must be at most \(schema["maximum"]?.text ?? "")")
    }
    return nil
  }

  private static func lengthFault(of text: String, in schema: JSONValue, at pointer: String) -> SchemaFault? {
    if let minimum = schema["minLength"]?.integerValue, text.unicodeScalars.count < minimum {
      return SchemaFault(pointer: pointer, reason: "must have at least \(minimum) characters")
    }
    if let maximum = schema["maxLength"]?.integerValue, text.unicodeScalars.count > maximum {
      return SchemaFault(pointer: pointer, reason: "must have at most \(maximum) characters")
    }
    return nil
  }

  private static func arrayFault(of elements: [JSONValue], in schema: JSONValue, at pointer: String) -> SchemaFault? {
    if let maximum = schema["maxItems"]?.integerValue, elements.count > maximum {
      return SchemaFault(pointer: pointer, reason: "must have at most \(maximum) items")
    }
    guard let items = schema["items"] else { return nil }
    for (index, element) in elements.enumerated() {
      if let fault = fault(of: element, in: items, at: "\(pointer)/\(index)") { return fault }
    }
    return nil
  }

  private static func objectFault(
    of members: [String: JSONValue], in schema: JSONValue, at pointer: String
  ) -> SchemaFault? {
    if schema["format"] == "file" {
      do { _ = try FileReference(json: .object(members)) } catch {
        return SchemaFault(pointer: pointer, reason: error.message)
      }
    }
    let properties = schema["properties"]?.objectValue ?? [:]
    for name in schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? [] where members[name] == nil {
      return SchemaFault(pointer: "\(pointer)/\(escaped(name))", reason: "missing")
    }
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      if let property = properties[name] {
        if let fault = fault(of: member, in: property, at: "\(pointer)/\(escaped(name))") { return fault }
      } else if schema["additionalProperties"] == false, schema["patternProperties"] == nil {
        let near = Spelling.nearest(to: name, among: properties.keys.sorted())
        let suggestion = near.map { ", did you mean \($0)?" } ?? ""
        return SchemaFault(pointer: "\(pointer)/\(escaped(name))", reason: "unknown argument\(suggestion)")
      }
    }
    return nil
  }

  /// RFC 6901, section 3.
  private static func escaped(_ name: String) -> String {
    name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
      .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
  }
}
