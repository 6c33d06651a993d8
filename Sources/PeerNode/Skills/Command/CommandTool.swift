package import PeerModel

/// A tool that is a run of one program, or of a few one after the other, in a folder of its own.
package struct CommandTool: Sendable {
  /// Its name, what it does, and the schema of its arguments.
  package var description: ToolDescription
  /// What runs, in order; what the last one prints is the output.
  package var steps: [CommandStep]
  /// Programs that those programs run in their turn.
  package var needs: [Program] = []
  /// How the files of arguments are named for the program, by argument; those that are missing here have the argument's
  /// name.
  package var inputs: [String: InputName] = [:]
  /// Texts that are put into the run's folder, by relative path: settings of the programs.
  package var files: [String: String] = [:]
  /// What becomes of what they print or make.
  package var output: CommandOutput
  /// Variables of their environment beside ``ChildProcess/environment(folder:)``.
  package var environment: [String: CommandWord] = [:]
  /// Values of arguments that are not given.
  package var defaults: [String: JSONValue] = [:]
  /// What to do about a failure, by a text that a program prints when it fails.
  package var advice: [String: String] = [:]
  /// What a run may use.
  package var limits: CommandLimits

  /// A tool from its parts.
  package init(
    _ description: ToolDescription, steps: [CommandStep], output: CommandOutput, limits: CommandLimits = CommandLimits()
  ) {
    self.description = description
    self.steps = steps
    self.output = output
    self.limits = limits
  }

  /// Every program that has to be installed.
  var programs: [Program] { steps.map(\.program) + needs }

  /// Names of the arguments whose files are given by path, or by the folder that they are in.
  var fileArguments: [String] {
    let pieces = steps.flatMap(\.arguments.words).flatMap(\.pieces)
    return (description.arguments.fileProperties + description.arguments.fileListProperties).filter { name in
      pieces.contains { piece in
        switch piece {
        case .file(name): true
        case .literal(let text): text.contains("\(RunFolder.input)/\(name)")
        case .file, .value, .folder, .each: false
        }
      }
    }
  }
}

/// One program's part in a tool.
package struct CommandStep: Sendable {
  /// The program that runs.
  package var program: Program
  /// Its argument vector.
  package var arguments: CommandTemplate
  /// Name of the argument whose file is the program's standard input; none when nil.
  package var input: String?
  /// A pattern of files in the run's folder: the program runs once for each of them, in their order.
  package var forEach: String?
  /// The exit statuses that mean success.
  package var success: Set<Int32> = [0]

  /// A step from its parts.
  package init(
    _ program: Program, _ arguments: CommandTemplate, input: String? = nil, forEach: String? = nil,
    success: Set<Int32> = [0]
  ) {
    self.program = program
    self.arguments = arguments
    self.input = input
    self.forEach = forEach
    self.success = success
  }
}

/// The name under which a program finds a caller's file.
package enum InputName: Hashable, Sendable {
  /// The argument's name with this extension; without one when nil.
  case fixed(String?)
  /// The argument's name with the caller's own extension, which has to be one of these.
  case oneOf([String])
  /// The caller's own name, in a folder of the argument.
  case kept
}
