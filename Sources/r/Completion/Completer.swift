internal import PeerModel

/// What can stand in the last place of a command line, by the syntaxes and by what the running daemon knows.
struct Completer {
  struct Candidate: Hashable {
    var word: String
    var help = ""

    /// Tells the script to complete names of files, or of folders, by its own means.
    static let files = Candidate(word: ":files")
    static let directories = Candidate(word: ":directories")
  }

  /// What was found on the line before the last place.
  private struct Line {
    var command: Syntax?
    /// Words without dashes after the command's name.
    var words: [String] = []
    var values: [String: String] = [:]
    var used: Set<String> = []
    /// The option whose value is due.
    var open: Option?
  }

  private let before: [String]
  private let current: String

  /// - Parameter words: the words after `r`, the last one as far as it is typed.
  init(words: [String]) {
    before = words.dropLast()
    current = words.last ?? ""
  }

  func candidates() -> [Candidate] {
    let line = read()
    let found: [Candidate]
    if let option = line.open {
      found = kind(option.completion, line)
    } else if current.hasPrefix("-"), let equals = current.firstIndex(of: "=") {
      let name = String(current[..<equals])
      let option = options(line).first { $0.isNamed(name) }
      found = kind(option?.completion ?? .nothing, line, typed: String(current[current.index(after: equals)...]))
        .map { $0.word.hasPrefix(":") ? $0 : Candidate(word: "\(name)=\($0.word)", help: $0.help) }
    } else if current.hasPrefix("-") {
      let unused = options(line).filter { !line.used.contains($0.name) }
      found = unused.map { Candidate(word: $0.word, help: $0.help) }
    } else if let command = line.command {
      let place = min(line.words.count, command.arguments.count - 1)
      let takesWord = line.words.count < command.arguments.count || command.arguments.last?.isRepeated == true
      found = children(of: command, line) + (takesWord ? kind(command.arguments[place].completion, line) : [])
    } else {
      found = line.words.isEmpty ? commands(after: "") : []
    }
    return found.filter { $0.word.hasPrefix(":") || $0.word.hasPrefix(current) }
  }

  // MARK: The line

  private func read() -> Line {
    var line = Line()
    var rest = before[...]
    while let word = rest.first, word.hasPrefix("-") { takeOption(&rest, Option.leading, &line) }
    guard !rest.isEmpty else { return line }
    guard let (command, own) = try? CommandTable.find(Array(rest)) else {
      line.words = Array(rest)
      return line
    }
    line.command = command.syntax
    rest = own[...]
    while let word = rest.first {
      if word.hasPrefix("-"), word != "-" {
        takeOption(&rest, command.syntax.allOptions, &line)
      } else {
        line.words.append(rest.removeFirst())
      }
    }
    return line
  }

  private func takeOption(_ rest: inout ArraySlice<String>, _ options: [Option], _ line: inout Line) {
    let word = rest.removeFirst()
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let option = options.first(where: { $0.isNamed(parts[0]) }) else { return }
    line.used.insert(option.name)
    guard option.value != nil else { return }
    if parts.count == 2 {
      line.values[option.name] = parts[1]
    } else if let value = rest.popFirst() {
      line.values[option.name] = value
    } else {
      line.open = option
    }
  }

  private func options(_ line: Line) -> [Option] { line.command?.allOptions ?? Option.leading }

  /// The commands whose name goes on from this one's.
  private func children(of command: Syntax, _ line: Line) -> [Candidate] {
    line.words.isEmpty && line.used.isEmpty ? commands(after: command.verb + " ") : []
  }

  private func commands(after prefix: String) -> [Candidate] {
    var found: [Candidate] = []
    for syntax in CommandTable.syntaxes where syntax.verb.hasPrefix(prefix) {
      let word = String(syntax.verb.dropFirst(prefix.count))
      if !word.contains(" ") { found.append(Candidate(word: word, help: syntax.summary)) }
    }
    return found
  }

  private func kind(_ kind: CompletionKind, _ line: Line, typed: String? = nil) -> [Candidate] {
    let live = LiveNames(socket: line.values["socket"], typed: typed ?? current)
    switch kind {
    case .nothing: return []
    case .files: return [.files]
    case .directories: return [.directories]
    case .words(let words): return words.map { Candidate(word: $0) }
    case .trustLevels: return TrustLevel.grantable.map { Candidate(word: $0.name, help: "\($0.value)") }
    case .commands: return commands(after: line.words.map { $0 + " " }.joined())
    case .peers: return live.peers()
    case .pendingPeers: return live.peers { $0.status != .approved }
    case .skills: return live.skills(of: line.values["peer"])
    case .tools: return live.tools(of: line.values["peer"])
    case .toolsOfPeer: return live.tools(of: line.words.first)
    case .skillsOrTools:
      return current.contains(".") ? live.tools(of: line.values["peer"]) : live.skills(of: line.values["peer"])
    case .mcpServers: return live.mcpServers()
    case .tasks: return live.tasks(isOpen: false)
    case .openTasks: return live.tasks(isOpen: true)
    case .callWords where line.used.contains("any"): return live.anyCallWords(after: line.words)
    case .callWords: return live.callWords(after: line.words)
    case .documents: return live.documents(of: line.values["from"])
    case .documentsOrFiles:
      let documents = current.contains("/") ? [] : live.documents(of: nil).filter { $0.word.hasPrefix(current) }
      return documents.isEmpty ? [.files] : documents
    case .contextEntries: return live.contextEntries()
    }
  }
}
