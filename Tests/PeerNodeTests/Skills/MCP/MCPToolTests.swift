import PeerModel
import Testing

@testable import PeerNode

/// Tools of a server as tools of a skill.
@Suite struct MCPToolTests {
  private func read(_ json: JSONValue, taken: Set<String> = [], trustsHints: Bool = false) throws -> MCPTool {
    try MCPTool(json, taken: taken, limits: MCPLimits(), trustsHints: trustsHints)
  }
  private func named(_ name: JSONValue, schema: JSONValue = ["type": "object"]) -> JSONValue {
    ["name": name, "inputSchema": schema]
  }

  @Test(
    arguments: [
      ("read_query", "read_query"), ("a.b/c d", "a_b_c_d"), ("é", "__"),
      (String(repeating: "x", count: 70), String(repeating: "x", count: 64)),
    ])
  func namesBecomePlain(_ name: String, _ shown: String) throws {
    let tool = try read(named(.string(name)))
    #expect(tool.description.name == shown && tool.serverName == name)
  }

  @Test func equalNamesAreToldApart() throws {
    #expect(try read(named("a.b"), taken: ["a_b"]).description.name == "a_b_2")
    #expect(try read(named("a.b"), taken: ["a_b", "a_b_2"]).description.name == "a_b_3")
  }

  @Test(
    arguments: [
      [:], ["name": ""], ["name": 5, "inputSchema": ["type": "object"]], ["name": "a"],
      ["name": "a", "inputSchema": true], ["name": "a", "inputSchema": ["type": "string"]], "tool",
    ] as [JSONValue])
  func aToolWithoutNameOrSchemaIsLeftOut(_ json: JSONValue) {
    #expect(throws: MCPTool.Fault.self) { try read(json) }
  }

  @Test func aHugeSchemaIsRefused() {
    let schema: JSONValue = ["type": "object", "description": .string(String(repeating: "x", count: 70_000))]
    #expect(throws: MCPTool.Fault(message: "the schema of the tool a has more than 65536 bytes")) {
      try read(named("a", schema: schema))
    }
  }

  @Test func descriptionsAreOneBoundedLine() throws {
    var json = named("a").objectValue ?? [:]
    json["description"] = .string("One\n\n  two \u{1B}[31m\u{202E}three " + String(repeating: "x", count: 10_000))
    let summary = try read(.object(json)).description.summary
    #expect(summary.hasPrefix("One two [31m three x") && summary.count == 400 && summary.hasSuffix("…"))
  }

  @Test func theHintThatAToolOnlyReadsCountsOnlyWhenItIsTrusted() throws {
    var json = named("a").objectValue ?? [:]
    json["annotations"] = ["readOnlyHint": true]
    #expect(try !read(.object(json)).description.isReadOnly)
    #expect(try read(.object(json), trustsHints: true).description.isReadOnly)
  }

  @Test func theSchemaIsShownAsItIsButForFilesWhichAreOurs() throws {
    let schema: JSONValue = [
      "type": "object", "$schema": "https://json-schema.org/draft/2020-12/schema", "oneOf": [["required": ["a"]]],
      "properties": [
        "a": ["type": "string", "pattern": "^x"], "file": ["type": "object", "format": "file"],
        "files": ["type": "array", "items": ["format": "file"]], "format": ["const": "file"],
      ], "patternProperties": ["^x-": ["type": "string"]], "additionalProperties": false,
    ]
    let shown = try read(named("a", schema: schema)).description.arguments
    #expect(shown.fileProperties.isEmpty && shown.fileListProperties.isEmpty)
    #expect(shown.json["oneOf"] == schema["oneOf"] && shown.json["$schema"] == schema["$schema"])
    #expect(shown.json["properties"]?["a"] == schema["properties"]?["a"])
    #expect(shown.json["properties"]?["format"] == ["const": "file"])
    // What is not checked here is for the server to refuse.
    #expect(shown.firstFault(of: ["a": "y", "x-more": "1"]) == nil)
    #expect(shown.firstFault(of: ["a": 5])?.pointer == "/a")
  }

  @Test func textBecomesANumberWhereTheArgumentMayBeLeftOut() {
    let schema = Schema(shown: [
      "type": "object",
      "properties": [
        "n": ["anyOf": [["type": "integer"], ["type": "null"]]],
        "s": ["anyOf": [["type": "integer"], ["type": "string"]]],
        "r": ["anyOf": [["type": "integer"], ["$ref": "#/$defs/x"]]],
      ],
    ])
    #expect(ArgumentCoercion.coerce(["n": "5", "s": "5", "r": "5"], to: schema) == ["n": 5, "s": "5", "r": "5"])
  }
}

/// Results of a server as results of a skill.
@Suite struct MCPResultTests {
  private func output(_ json: JSONValue) async throws -> (JSONValue, [String]) {
    var found: (JSONValue, [String]) = (.null, [])
    try await SkillBench.run { bench in
      var reader = MCPResult(name: "a.b", workspace: bench.workspace, limits: SkillLimits())
      let output = try reader.output(of: json)
      found = (
        output.value,
        try output.files.map { "\($0.name) \($0.mediaType ?? "-") \(try $0.contents(limit: 2 << 20).count)" }
      )
    }
    return found
  }
  private func text(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }

  @Test func textIsTextOrTheJSONThatItIs() async throws {
    #expect(try await output(["content": [text("hello")]]) == ("hello", []))
    #expect(try await output(["content": [text(" {\"a\": [1]}")]]) == (["a": [1]], []))
    #expect(try await output(["content": [text("[{'a': 1}]")]]) == ("[{'a': 1}]", []))
    #expect(try await output(["content": [text("5")]]) == ("5", []), "a text that is a number stays a text")
    #expect(try await output(["content": [text("a"), text("b")]]) == (["a", "b"], []))
    #expect(try await output(["content": []]) == (.null, []))
    #expect(try await output([:]) == (.null, []))
  }

  @Test func aLongTextIsAFile() async throws {
    let (value, files) = try await output(["content": [text(String(repeating: "x", count: 1_048_577))]])
    #expect(value["$stream"] == 1 && value["size"] == 1_048_577)
    #expect(files == ["result.txt text/plain; charset=utf-8 1048577"])
  }

  @Test func whatIsStructuredIsTakenAsItIs() async throws {
    #expect(
      try await output(["content": [text("{\"a\":1}")], "structuredContent": ["a": 2]]) == (["a": 2], []))
  }

  @Test func bytesAreFiles() async throws {
    let image: JSONValue = ["type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"]
    let blob: JSONValue = ["type": "resource", "resource": ["uri": "file:///a/../data.bin", "blob": "AAEC"]]
    let (value, files) = try await output(["content": [text("two"), image, blob, image]])
    #expect(files == ["image.png image/png 8", "data.bin - 3", "image-3.png image/png 8"])
    #expect(value.arrayValue?.map { $0["$stream"]?.integerValue } == [nil, 1, 2, 3])
    let (both, _) = try await output(["content": [text("x"), image], "structuredContent": ["a": 1]])
    #expect(both["result"] == ["a": 1] && both["files"]?.arrayValue?.first?["$stream"] == 1)
  }

  @Test func resourcesThatAreTextAndLinksAreObjects() async throws {
    let (value, _) = try await output([
      "content": [
        ["type": "resource", "resource": ["uri": "a:b", "mimeType": "text/plain", "text": "t"]],
        ["type": "resource_link", "uri": "a:c", "name": "n"],
      ]
    ])
    #expect(value == [["uri": "a:b", "media_type": "text/plain", "text": "t"], ["uri": "a:c", "name": "n"]])
  }

  @Test(
    arguments: [
      (
        ["isError": true, "content": [["type": "text", "text": "Error: no \u{1B}[1mtable\nmore"]]],
        "a.b: Error: no [1mtable"
      ),
      (["isError": true], "a.b failed without saying why"),
      (["content": [["type": "video"]]], "a.b: the server sent a kind of content that this node does not know"),
      (["content": [["type": "image", "data": "###"]]], "a.b: the server sent bytes that are no base64"),
      (
        ["structuredContent": ["x": [["$stream": 1]]]],
        "a.b: the server sent a member named $stream, which stands for a file here"
      ), ("text", "a.b: the server sent no proper result"),
    ] as [(JSONValue, String)])
  func whatIsNoResultFailsTheCall(_ json: JSONValue, _ message: String) async throws {
    await #expect(throws: NodeError(.skillFailed, message)) { try await output(json) }
  }

  @Test func textThatPosesAsAFileStaysText() async throws {
    #expect(try await output(["content": [text("{\"$stream\":1}")]]) == ("{\"$stream\":1}", []))
  }

  @Test func aTableOfManyItemsIsRefused() async throws {
    let many = JSONValue.array(Array(repeating: text("x"), count: 1001))
    await #expect(throws: NodeError.self) { try await output(["content": many]) }
  }
}
