import LocalAPI
import PeerModel

/// Compares what two nodes have recorded of their calls to each other. All times are this node's.
struct CallComparison {
  /// Read here before the peer was asked: what is missing there was finished before it answered.
  var here: [CallKey: CallRecord]
  var there: [CallKey: CallRecord]
  /// What this node knows, after the peer has answered, of calls that only the peer seemed to know.
  var later: [CallKey: CallRecord]
  /// Calls that run on either side.
  var running: Set<CallKey>
  var since: Int
  /// From when on each side has kept everything.
  var keptHere: Int
  var keptThere: Int

  func result(for id: PeerID) -> CompareAudit.Result {
    var result = CompareAudit.Result(
      id: id, equal: 0, onlyHere: [], onlyThere: [], different: [], inFlight: 0, pruned: 0, notArrived: 0)
    for (key, own) in here where own.time >= since {
      if let other = there[key] {
        compare(key, own, other, &result)
      } else {
        judge(key, own, isHere: true, &result)
      }
    }
    for (key, other) in there where here[key] == nil && other.time >= since {
      if let own = later[key] {
        compare(key, own, other, &result)
      } else {
        judge(key, other, isHere: false, &result)
      }
    }
    result.onlyHere.sort { ($0.time, $0.request) < ($1.time, $1.request) }
    result.onlyThere.sort { ($0.time, $0.request) < ($1.time, $1.request) }
    result.different.sort { ($0.time, $0.request) < ($1.time, $1.request) }
    return result
  }

  private func compare(_ key: CallKey, _ own: CallRecord, _ other: CallRecord, _ result: inout CompareAudit.Result) {
    let (caller, callee) = key.isOutgoing ? (own.outcome, other.outcome) : (other.outcome, own.outcome)
    if own.subject == other.subject, Self.agree(caller: caller, callee: callee) {
      result.equal += 1
    } else {
      result.different.append(Self.call(key, own, here: own.outcome, there: other.outcome))
    }
  }

  /// A call that only one side knows.
  private func judge(_ key: CallKey, _ record: CallRecord, isHere: Bool, _ result: inout CompareAudit.Result) {
    let isCallersRecord = key.isOutgoing == isHere
    if running.contains(key) {
      result.inFlight += 1
    } else if record.time < (isHere ? keptThere : keptHere) {
      result.pruned += 1
    } else if isCallersRecord, !Self.wasAnswered(record.outcome) {
      result.notArrived += 1
    } else if isHere {
      result.onlyHere.append(Self.call(key, record, here: record.outcome, there: nil))
    } else {
      result.onlyThere.append(Self.call(key, record, here: nil, there: record.outcome))
    }
  }

  private static func call(_ key: CallKey, _ record: CallRecord, here: String?, there: String?) -> CompareAudit.Call {
    CompareAudit.Call(
      request: key.request, subject: record.subject, time: record.time, isOutgoing: key.isOutgoing, here: here,
      there: there)
  }

  /// The tool ran and its result came back: the other side must know of it.
  private static func wasAnswered(_ outcome: String) -> Bool {
    outcome == "ok" || outcome == ErrorCode.skillFailed.rawValue
  }

  private static let gaveUp: Set<String> = [
    ErrorCode.timedOut.rawValue, ErrorCode.cancelled.rawValue, ErrorCode.peerUnreachable.rawValue,
  ]

  /// Whether both outcomes tell of the same event: an unexpected error of the callee is a failed peer to the caller, and
  /// a caller that gave up went away.
  private static func agree(caller: String, callee: String) -> Bool {
    caller == callee
      || (caller == ErrorCode.remoteFailed.rawValue && callee == ErrorCode.internal.rawValue)
      || (callee == ErrorCode.cancelled.rawValue && gaveUp.contains(caller))
  }
}
