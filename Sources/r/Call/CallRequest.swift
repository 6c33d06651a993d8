internal import LocalAPI
internal import PeerModel

/// What `r call` was told: whom to ask for what, with which arguments and files.
///
/// Words without an equals sign name the target: `SKILL.TOOL` on this node, or `PEER SKILL.TOOL`. Words with one are
/// arguments, and come after it.
struct CallRequest {
  var peer: String?
  var skill: String
  var tool: String
  var arguments: [String: JSONValue] = [:]
  var uploads: [Upload] = []

  /// - Parameters:
  ///   - json: an object of further arguments, as `--args` gives it.
  ///   - isAny: the choice of the peer is left to the daemon.
  init(words: [String], json: String?, isAny: Bool = false) throws(NodeError) {
    let target = Array(words.prefix { !$0.contains("=") })
    guard !isAny || target.count < 2 else {
      throw NodeError(.usage, "with --any no peer is named", hint: "r help call")
    }
    guard (1...2).contains(target.count) else {
      throw NodeError(.usage, "name the tool to call: [PEER] SKILL.TOOL", hint: "r help call")
    }
    let parts = target[target.count - 1].split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      let list = target.count == 2 ? "r skills \(ErrorReport.quoted(target[0]))" : "r skills"
      throw NodeError(.usage, "\(target[target.count - 1]) is not SKILL.TOOL", hint: list)
    }
    peer = target.count == 2 ? target[0] : nil
    skill = parts[0]
    tool = parts[1]
    if let json { arguments = try Self.object(json) }
    for word in words.dropFirst(target.count) { try add(word) }
  }

  /// `skill.tool`.
  var name: String { "\(skill).\(tool)" }

  var parameters: CallSkill.Parameters {
    CallSkill.Parameters(skill: skill, tool: tool, arguments: .object(arguments))
  }

  private static func object(_ text: String) throws(NodeError) -> [String: JSONValue] {
    let value: JSONValue
    do { value = try JSONParser.parse(text) } catch { throw NodeError(.usage, "--args is not JSON: \(error)") }
    guard let members = value.objectValue else { throw NodeError(.usage, "--args must be a JSON object") }
    return members
  }

  /// Takes `key=text`, `key=@FILE`, `key=@-` or `key:=JSON`. A key with files may be repeated: they make a list.
  private mutating func add(_ word: String) throws(NodeError) {
    guard let equals = word.firstIndex(of: "=") else {
      throw NodeError(.usage, "\(word) is not key=value; the tool stands before its arguments", hint: "r help call")
    }
    var key = word[..<equals]
    let text = String(word[word.index(after: equals)...])
    let isJSON = key.hasSuffix(":")
    if isJSON { key.removeLast() }
    guard !key.isEmpty else {
      throw NodeError(.usage, "\(word) has no key before the equals sign", hint: "r help call")
    }
    let value: JSONValue
    if isJSON {
      do { value = try JSONParser.parse(text) } catch { throw NodeError(.usage, "\(key): not JSON: \(error)") }
    } else if text.hasPrefix("@") {
      value = try open(String(text.dropFirst()))
    } else {
      value = .string(text)
    }
    guard let earlier = arguments.updateValue(value, forKey: String(key)) else { return }
    guard !isJSON, text.hasPrefix("@"), let files = Self.files(earlier) else {
      throw NodeError(.usage, "\(key) is given twice")
    }
    arguments[String(key)] = .array(files + [value])
  }

  /// The files that a key has so far; nil when it has something else.
  private static func files(_ value: JSONValue) -> [JSONValue]? {
    let elements = value.arrayValue ?? [value]
    return elements.allSatisfy { $0["$stream"] != nil } ? elements : nil
  }

  /// Opens a file as this very user; the daemon gets its bytes, never its path.
  private mutating func open(_ path: String) throws(NodeError) -> JSONValue {
    let file = try LocalFile(path, number: uploads.count)
    uploads.append(file.upload)
    return file.reference.json
  }
}
