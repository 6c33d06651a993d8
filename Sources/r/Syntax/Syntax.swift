internal import PeerModel

/// What may stand in a place of the command line, for completion.
enum CompletionKind: Hashable {
  case nothing
  case peers
  case pendingPeers
  case skills
  case tools
  /// Tools of the peer that the word before names.
  case toolsOfPeer
  /// Skills and tools alike.
  case skillsOrTools
  /// What `r call` takes: a peer, a tool, then the tool's arguments.
  case callWords
  /// Ids of tasks, and of those that have not ended.
  case tasks
  case openTasks
  case documents
  /// A document, or a file that shall become one.
  case documentsOrFiles
  /// Entries that this node wrote.
  case contextEntries
  case trustLevels
  case mcpServers
  case commands
  case files
  case directories
  case words([String])
}

/// A word of a command that has its place.
struct Argument {
  var name: String
  var help: String
  var isOptional = false
  var isRepeated = false
  var completion = CompletionKind.nothing

  /// As usage lines show it.
  var usage: String {
    let name = isRepeated ? name + "…" : name
    return isOptional ? "[\(name)]" : name
  }
}

/// A word of a command that begins with dashes.
struct Option {
  var name: String
  /// What stands after the dashes, where that is not the name.
  var spelling: String?
  var short: Character?
  /// What its value is called; nil for a flag.
  var value: String?
  var help: String
  var completion = CompletionKind.nothing

  /// As it is typed.
  var word: String { "--\(spelling ?? name)" }
  var usage: String { word + (value.map { " \($0)" } ?? "") }

  /// Whether this is the option that `--word`, or `-w`, means.
  func isNamed(_ word: String) -> Bool { word == self.word || word == short.map { "-\($0)" } }

  static let json = Option(name: "json", help: "Print JSON: one object, or one object a line when streaming.")
  static let quiet = Option(name: "quiet", short: "q", help: "Print ids only.")
  static let socket = Option(
    name: "socket", value: "PATH", help: "Use this local socket of rd ($RD_SOCKET).", completion: .files)
  static let help = Option(name: "help", short: "h", help: "Show this help.")

  /// Taken by every command, and before the command's name.
  static let global = [json, quiet, socket, help]

  static let since = Option(name: "since", value: "TIME", help: "Only from then on: 2h or 7d ago, or 2026-03-01T14:03.")

  /// Taken before the command's name only: after it, a command may have a `--peer` of its own.
  static let node = Option(
    name: "on peer", spelling: "peer", value: "PEER",
    help: "Before the command: do it on this peer, which grants this node level full.", completion: .peers)
  static let leading = global + [node]

  static let trust = Option(
    name: "trust", value: "LEVEL", help: "basic, trusted or full (50, 75, 100).", completion: .trustLevels)
}

/// Where a command stands in the list of all.
enum CommandGroup: String, CaseIterable {
  case peers = "Peers"
  case skills = "Skills"
  case tasks = "Tasks"
  case context = "Context and documents"
  case node = "This node"
  case client = "This program"
}

/// Everything about a command that is not its work: parsing, help, usage errors and completion come from it.
struct Syntax {
  /// The command's name: one word, or two as in `peers add`.
  var verb: String
  var group: CommandGroup
  /// One sentence.
  var summary: String
  /// Paragraphs of the long help.
  var details = ""
  var arguments: [Argument] = []
  var options: [Option] = []
  var examples: [String] = []
  /// All words after the name belong to another program.
  var passesWordsOn = false
  var isHidden = false

  var allOptions: [Option] { passesWordsOn ? options : options + Option.global }
}

/// A command of `r`.
protocol Command: Sendable {
  static var syntax: Syntax { get }
  static func run(_ invocation: Invocation) throws(NodeError)
}
