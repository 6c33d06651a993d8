internal import LocalAPI

extension Node.Options {
  /// What callers of the skill `fs` never reach: state and key, configuration, sockets, and what decides what runs.
  /// - Parameter state: path of the state folder.
  func keptApart(state: String) -> [String] {
    [state, configurationPath, socket, SocketPath.readers(of: socket), SocketPath.lockFile(of: socket)]
      + skillFolders.fixed.map(\.path)
  }
}
