internal import Glibc
internal import LocalAPI
internal import PeerModel

/// The names that the running daemon knows. Silent when there is none, never starting one, and never slow.
struct LiveNames {
  /// What remains of the 200 ms that a person does not notice, after the shell and the start of `r` took their part.
  private static let patience = 0.15

  typealias Candidate = Completer.Candidate

  private let client: LocalClient?
  private let deadline = Deadline(after: patience)
  private let typed: String

  init(socket: String?, typed: String) {
    self.typed = typed
    let path = SocketPath.resolve(explicit: socket, environment: environment) { access($0, F_OK) == 0 }
    client =
      DaemonLock.isHeld(for: path)
      ? try? LocalClient.connect(socket: path, connectSeconds: Self.patience, cancelSeconds: 0) : nil
  }

  private func ask<M: Method>(_ method: M.Type, _ parameters: M.Parameters) -> M.Result? {
    try? client?.call(method, parameters, until: deadline).value()
  }

  /// Names, and ids once an id is being typed. A name that cannot be typed as it is shown is left out.
  func peers(where isWanted: (Peer) -> Bool = { _ in true }) -> [Candidate] {
    let peers = (ask(ListPeers.self, .init())?.peers ?? []).filter(isWanted)
    let wantsIDs = !typed.isEmpty && (typed.hasPrefix(PeerID.prefix) || PeerID.prefix.hasPrefix(typed))
    return peers.filter { SafeText.line($0.name) == $0.name && !$0.name.hasPrefix(":") }
      .map { Candidate(word: $0.name, help: "\($0.id.short), \($0.status.rawValue)") }
      + (wantsIDs ? peers.map { Candidate(word: $0.id.description, help: $0.name) } : [])
  }

  func tasks(isOpen: Bool) -> [Candidate] {
    (ask(ListTasks.self, .init(isOpen: isOpen))?.tasks ?? []).map { Candidate(word: $0.id.text, help: $0.task) }
  }

  /// Ids, and names once a name is being typed that an id does not begin with.
  func documents(of peer: String?) -> [Candidate] {
    let documents = ask(ListDocuments.self, .init(peer: peer))?.documents ?? []
    let wantsNames = !"doc-".hasPrefix(typed) && !typed.hasPrefix("doc-")
    guard wantsNames else { return documents.map { Candidate(word: $0.id, help: $0.name) } }
    return documents.filter { SafeText.line($0.name) == $0.name && !$0.name.hasPrefix(":") }
      .map { Candidate(word: $0.name, help: $0.id) }
  }

  /// The newest that this node wrote, which are those that it can remove.
  func contextEntries() -> [Candidate] {
    (ask(ListContext.self, .init(origin: "self"))?.entries ?? []).reversed().map {
      Candidate(word: $0.id.short, help: ContextText.summary($0.text))
    }
  }

  func skills(of peer: String?) -> [Candidate] {
    list(peer).map { Candidate(word: $0.name, help: $0.summary) }
  }

  func tools(of peer: String?) -> [Candidate] {
    list(peer).flatMap { skill in
      skill.tools.map { Candidate(word: "\(skill.name).\($0.name)", help: $0.summary) }
    }
  }

  func mcpServers() -> [Candidate] {
    (ask(ListMCPServers.self, .init())?.servers ?? []).map { Candidate(word: $0.name, help: $0.phase.rawValue) }
  }

  /// What `r call` takes after `words`: a peer or a tool, then the tool, then its arguments.
  func callWords(after words: [String]) -> [Candidate] {
    let target = words.prefix { !$0.contains("=") }
    let given = Set(words.dropFirst(target.count).compactMap { $0.split(separator: "=").first }.map(String.init))
    guard let first = target.first else { return peers() + tools(of: nil) }
    if target.count == 1 {
      if let tool = tool(first, of: nil) { return arguments(of: tool, given) }
      return given.isEmpty ? tools(of: first) : []
    }
    guard let tool = tool(target[target.startIndex + 1], of: first) else { return typed.contains("=@") ? [.files] : [] }
    return arguments(of: tool, given)
  }

  /// The same after `--any`: a tool that some approved peer offers, then its arguments. From what the peers last told.
  func anyCallWords(after words: [String]) -> [Candidate] {
    let target = words.prefix { !$0.contains("=") }
    let given = Set(words.dropFirst(target.count).compactMap { $0.split(separator: "=").first }.map(String.init))
    let approved = (ask(ListPeers.self, .init(status: .approved))?.peers ?? []).map(\.id.description)
    guard let name = target.first else {
      var seen: Set<String> = []
      return approved.flatMap { tools(of: $0) }.filter { seen.insert($0.word).inserted }
    }
    for peer in approved { if let tool = tool(name, of: peer) { return arguments(of: tool, given) } }
    return typed.contains("=@") ? [.files] : []
  }

  private func list(_ peer: String?) -> [SkillDescription] { ask(ListSkills.self, .init(peer: peer))?.skills ?? [] }

  private func tool(_ name: String, of peer: String?) -> ToolDescription? {
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    return list(peer).first { $0.name == parts[0] }?.tools.first { $0.name == parts[1] }
  }

  private func arguments(of tool: ToolDescription, _ given: Set<String>) -> [Candidate] {
    if typed.contains("=@") { return [.files] }
    return tool.arguments.properties.filter { !given.contains($0.name) }.flatMap { name, schema in
      guard typed.hasPrefix(name + "=") else {
        let mark = schema["format"] == "file" ? "=@" : "="
        return [Candidate(word: name + mark, help: schema["description"]?.stringValue ?? "")]
      }
      return values(of: schema).map { Candidate(word: "\(name)=\($0)") }
    }
  }

  private func values(of schema: JSONValue) -> [String] {
    if schema["type"] == "boolean" { return ["true", "false"] }
    return schema["enum"]?.arrayValue?.compactMap(\.stringValue) ?? []
  }
}
