import Yams

extension YAMLReader {
  /// The parser's error as a fault: its sentence and its line, without the excerpt of the file that it would print.
  static func fault(of error: any Error) -> ConfigurationFault {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, let yaml), .parser(let context, let problem, let mark, let yaml):
      // At the end of the text, the mark is on the line after the last one.
      let lastLine = yaml.utf8.count { $0 == UInt8(ascii: "\n") } + (yaml.utf8.last == UInt8(ascii: "\n") ? 0 : 1)
      let line = max(1, min(mark.line, lastLine))
      let start = context.map { ", " + $0.text + ($0.mark.line < line ? " begun in line \($0.mark.line)" : "") } ?? ""
      let hint =
        problem.contains("cannot start any token") ? "indent with spaces, not tabs, and quote texts that begin so" : nil
      return ConfigurationFault(line: line, "malformed YAML: \(problem)\(start)", hint: hint)
    case .composer(nil, let problem, let mark, _):
      return ConfigurationFault(line: mark.line, "malformed YAML: \(problem)", hint: nil)
    case .composer(_?, _, let mark, _):
      return ConfigurationFault(line: mark.line, "a second document begins here", hint: "keep one document in the file")
    case .reader(let problem, let offset, _, let yaml):
      let line = offset.map { yaml.prefix($0).count { $0 == "\n" || $0 == "\r\n" } + 1 }
      return ConfigurationFault(line: line, "malformed YAML: \(problem)", hint: nil)
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map(ConfigurationFault.shown).joined(separator: ", ")
      return ConfigurationFault(line: context.mark.line, "\(names): given twice", hint: "keep one of them")
    default:
      return ConfigurationFault(line: nil, "malformed YAML", hint: nil)
    }
  }
}
