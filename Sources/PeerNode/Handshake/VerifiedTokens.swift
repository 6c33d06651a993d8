import PeerModel
import Synchronization

/// Remembers a bounded number of tokens that were verified, with what they say.
final class VerifiedTokens: Sendable {
  private static let maximum = 256
  private let contents = Mutex<[String: Tokens.Content]>([:])

  func find(_ token: String, now: Int) -> Tokens.Content? {
    guard let content = contents.withLock({ $0[token] }), content.expires > now else { return nil }
    return content
  }

  func keep(_ token: String, _ content: Tokens.Content, now: Int) {
    contents.withLock { contents in
      if contents.count >= Self.maximum { contents = contents.filter { $0.value.expires > now } }
      if contents.count >= Self.maximum { contents = [:] }
      contents[token] = content
    }
  }
}
