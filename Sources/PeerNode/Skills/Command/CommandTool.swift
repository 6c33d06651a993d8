package import PeerModel

/// A tool that is one run of a program.
package struct CommandTool: Sendable {
  /// Its name, what it does, and the schema of its arguments.
  package var description: ToolDescription
  /// The program that runs.
  package var program: Program
  /// Its argument vector.
  package var arguments: CommandTemplate
  /// Name of the argument whose file is the program's standard input; none when nil.
  package var input: String?
  /// What becomes of what it prints.
  package var output: CommandOutput
  /// What it may use.
  package var limits: CommandLimits

  /// A tool from its parts.
  package init(
    _ description: ToolDescription, program: Program, arguments: CommandTemplate, input: String? = nil,
    output: CommandOutput, limits: CommandLimits = CommandLimits()
  ) {
    self.description = description
    self.program = program
    self.arguments = arguments
    self.input = input
    self.output = output
    self.limits = limits
  }
}

/// What becomes of the bytes that a program prints.
package enum CommandOutput: Sendable {
  /// They are text: a string when it is short (``inlineBytes``) and valid UTF-8, else a file with that extension.
  case text(fileExtension: String)
  /// They are a file with that extension and media type.
  case file(fileExtension: String, mediaType: String)
  /// They are text of at most `limit` bytes, from which the result is read.
  case parsed(limit: Int, @Sendable (String) throws(NodeError) -> JSONValue)

  /// Bytes of text that travel as a string.
  static let inlineBytes = 1 << 20
}

extension CommandOutput {
  /// Bytes that the program may print.
  var limit: Int {
    switch self {
    case .text, .file: .max
    case .parsed(let limit, _): limit
    }
  }

  /// The media type of what is printed.
  var mediaType: String {
    switch self {
    case .text, .parsed: "text/plain; charset=utf-8"
    case .file(_, let mediaType): mediaType
    }
  }

  /// The label of what is printed: the input's name with another extension.
  /// - Parameters:
  ///   - input: the input's label; nil when the program has none.
  ///   - tool: stands in for it.
  func fileName(input: String?, tool: String) -> String {
    let fileExtension =
      switch self {
      case .text(let fileExtension), .file(let fileExtension, _): fileExtension
      case .parsed: "txt"
      }
    var base = Substring(input ?? tool)
    if let dot = base.lastIndex(of: "."), dot != base.startIndex { base = base[..<dot] }
    // A file name has at most 255 bytes.
    while base.utf8.count + 1 + fileExtension.utf8.count > 255 { base.removeLast() }
    return "\(base).\(fileExtension)"
  }

  /// The tool's result.
  /// - Throws: ``NodeError`` `skill_failed` when the output cannot be read.
  func result(of printed: SpooledFile, limits: SkillLimits) throws(NodeError) -> SkillOutput {
    switch self {
    case .file:
      return SkillOutput(file: printed)
    case .text:
      guard printed.size <= Self.inlineBytes,
        let text = String(validating: try printed.contents(limit: Self.inlineBytes), as: UTF8.self)
      else { return SkillOutput(file: printed) }
      let value = JSONValue.string(text)
      // Control characters grow sixfold in JSON.
      return value.bytes.count <= limits.resultBytes ? SkillOutput(value: value) : SkillOutput(file: printed)
    case .parsed(let limit, let parse):
      let text = String(decoding: try printed.contents(limit: limit), as: UTF8.self)
      return SkillOutput(value: try parse(text))
    }
  }
}
