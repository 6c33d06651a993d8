internal import PeerModel

/// Every command, in the order of the help.
enum CommandTable {
  static let commands: [any Command.Type] = [
    DiscoverCommand.self, PeersCommand.self, AddPeerCommand.self, InviteCommand.self,
    ListInvitationsCommand.self, RevokeInvitationsCommand.self, JoinCommand.self, ShowPeerCommand.self,
    PendingCommand.self,
    ApproveCommand.self, RejectCommand.self, TrustCommand.self, RemoveCommand.self, BlockCommand.self, CanCommand.self,
    SkillsCommand.self, ShowSkillCommand.self, NewSkillCommand.self, CheckSkillCommand.self,
    PinsCommand.self, DiffToolCommand.self, AcceptToolCommand.self, FindCommand.self,
    CallCommand.self, MCPCommand.self, RestartMCPCommand.self,
    AskCommand.self, TasksCommand.self, ShowTaskCommand.self, CancelTaskCommand.self,
    SyncCommand.self, ContextCommand.self, AddContextCommand.self, RemoveContextCommand.self,
    DocumentsCommand.self, AddDocumentCommand.self, GetDocumentCommand.self, RemoveDocumentCommand.self,
    ShareCommand.self, StatusCommand.self, DoctorCommand.self, EventsCommand.self,
    AuditCommand.self, VerifyAuditCommand.self, CompareAuditCommand.self,
    IdentityCommand.self, ShowIdentityCommand.self, RotateIdentityCommand.self,
    ConfigCommand.self, ServeCommand.self, HelpCommand.self, VersionCommand.self,
    CompletionCommand.self, CompleteCommand.self,
  ]

  /// The command that the words begin with, and the words after its name.
  /// - Throws: ``NodeError`` `usage` when there is none.
  static func find(_ words: [String]) throws(NodeError) -> (command: any Command.Type, rest: [String]) {
    for length in [2, 1] where words.count >= length {
      let verb = words.prefix(length).joined(separator: " ")
      if let command = commands.first(where: { $0.syntax.verb == verb }) {
        return (command, Array(words.dropFirst(length)))
      }
    }
    guard let word = words.first else { throw NodeError(.usage, "name a command", hint: "r help") }
    let near = suggestion(for: word, among: syntaxes.map(\.verb))
    throw NodeError(.usage, "unknown command \(word)\(near)", hint: "r help")
  }

  /// The syntaxes of the commands that people use.
  static var syntaxes: [Syntax] { commands.map { $0.syntax }.filter { !$0.isHidden } }

  /// `, did you mean X?` when something similar is known.
  static func suggestion(for word: String, among known: [String]) -> String {
    Spelling.nearest(to: word, among: known).map { ", did you mean \($0)?" } ?? ""
  }
}
