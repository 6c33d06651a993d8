// libFuzzer entry for the JSON parser and writer, and for schemas. One module with the sources; see ../run.sh.

/// Any bytes are JSON or a fault within them; what is JSON has one text that means the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: start, count: count)
  let value: JSONValue
  do { value = try JSONParser.parse(bytes) } catch {
    precondition((0...count).contains(error.offset))
    return 0
  }
  let text = value.bytes
  guard let again = try? JSONParser.parse(text) else { fatalError("our own text is not read") }
  precondition(again == value)
  precondition(again.bytes == text)
  precondition((try? JSONParser.parse(value.indentedText)) == value)
  precondition(!text.contains(0x0A))

  // Whatever it is, it may come as a schema, as what a schema is for, as a file, and as one of the nouns.
  if let schema = try? Schema(checking: value) { _ = schema.firstFault(of: schema.json) }
  for schema in [Peer.schema, SkillDescription.schema, FuzzedSchema.everything] { _ = schema.firstFault(of: value) }
  if let reference = try? FileReference(json: value) {
    precondition(FileReference.isSafe(name: reference.name) && (try? FileReference(json: reference.json)) == reference)
  }
  if let peer = try? Peer(json: value) { precondition((try? Peer(json: peer.json)) == peer) }
  _ = NodeError(rpcObject: value)
  _ = NodeError(problem: value)
  if let string = value.stringValue { _ = Spelling.nearest(to: string, among: ["status", "peers"]) }
  return 0
}

private enum FuzzedSchema {
  static let everything = Schema.object([
    "a": .string("A.", maximumLength: 3), "b": .integer("B.", minimum: -1, maximum: 9), "c": .number("C.", maximum: 1),
    "d": .array(of: .file("D."), "D.", maximumCount: 2), "e": .enumeration(["x"], "E."), "f": Schema.trust("F.").orNull,
  ])
}
