import PeerModel
import Synchronization

/// How many bytes of JSON bodies are in memory, in all and by caller: parsed, they take several times as much.
final class BodyBudget: Sendable {
  /// Bytes of all bodies together; one caller may have a quarter of them.
  static let total = 64 << 20
  static let each = total / 4

  private struct State {
    var total = 0
    var byCaller: [String: Int] = [:]
  }
  private let state = Mutex(State())

  /// Bytes that a request holds, given back when it is over.
  final class Share: Sendable {
    private let budget: BodyBudget
    private let caller: String
    private let held = Mutex(0)

    fileprivate init(_ budget: BodyBudget, _ caller: String) {
      self.budget = budget
      self.caller = caller
    }
    deinit { budget.give(back: held.withLock { $0 }, of: caller) }

    /// - Throws: ``NodeError`` `busy`.
    func take(_ count: Int) throws(NodeError) {
      guard budget.take(count, for: caller) else {
        throw NodeError(.busy, "this node reads too many large requests already", retryAfter: 1)
      }
      held.withLock { $0 += count }
    }
  }

  func share(of caller: String) -> Share { Share(self, caller) }

  private func take(_ count: Int, for caller: String) -> Bool {
    state.withLock { state in
      let own = state.byCaller[caller, default: 0] + count
      guard state.total + count <= Self.total, own <= Self.each else { return false }
      state.total += count
      state.byCaller[caller] = own
      return true
    }
  }

  private func give(back count: Int, of caller: String) {
    guard count > 0 else { return }
    state.withLock { state in
      state.total -= count
      let left = state.byCaller[caller, default: 0] - count
      state.byCaller[caller] = left > 0 ? left : nil
    }
  }
}
