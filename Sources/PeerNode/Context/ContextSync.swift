package import PeerModel

/// One node's end of an exchange of context, the one that asks: a pure state machine. Around it goes a loop: look what is
/// here and what the other lacks of it, ask, keep what came, and go on while ``receive(_:taken:have:)`` says so.
package struct ContextSync: Sendable {
  package let direction: SyncDirection
  package let selection: ContextSelection
  /// What the other node exchanges of that, once it has said so.
  package private(set) var scopes: Set<ContextScope>
  /// How far the other node has everything; nil until it has said so.
  package private(set) var theirs: ContextVector?
  /// Records that the other node, and this one, did not have.
  package private(set) var sent = 0
  package private(set) var received = 0
  private var offered = 0

  package init(_ direction: SyncDirection, _ selection: ContextSelection) {
    self.direction = direction
    self.selection = selection
    scopes = selection.scopes
  }

  /// The next request.
  /// - Parameters:
  ///   - have: how far this node has everything.
  ///   - records: what the other lacks of it, as much as fits: nothing before ``theirs`` is known.
  package mutating func request(have: ContextVector, records: [ContextRecord]) -> PeerSync.Parameters {
    offered = direction.pushes ? records.count : 0
    return PeerSync.Parameters(
      requestID: nil, direction: direction, scope: selection, have: have, entries: direction.pushes ? records : [])
  }

  /// Takes an answer in, whose records have been kept.
  /// - Parameters:
  ///   - taken: how many of its records this node did not have.
  ///   - have: how far this node has everything now.
  /// - Returns: whether there is more to do.
  /// - Throws: ``NodeError`` `remote_failed` for an answer that leads nowhere or that does not fit what was asked.
  package mutating func receive(
    _ answer: PeerSync.Result, taken: Int, have: ContextVector
  ) throws(NodeError) -> Bool {
    let agreed = Set(answer.scopes).intersection(selection.scopes)
    guard !agreed.isEmpty, (0...offered).contains(answer.accepted), direction.pulls || answer.entries.isEmpty else {
      throw NodeError(.remoteFailed, "the peer's answer does not fit what it was asked")
    }
    // What the other has may only grow; an answer without any step forward would be asked for without end.
    let isFirst = theirs == nil
    let isFurther = taken > 0 || theirs.map { answer.have.isBeyond($0) } ?? true
    scopes = agreed
    theirs = answer.have
    sent += answer.accepted
    received += taken
    let lacksMore = direction.pulls && answer.hasMore
    let owesMore = direction.pushes && !answer.have.covers(have, in: agreed)
    guard lacksMore || owesMore else { return false }
    guard isFirst || isFurther else {
      throw NodeError(.remoteFailed, "the peer neither takes nor gives what is missing")
    }
    return true
  }
}
