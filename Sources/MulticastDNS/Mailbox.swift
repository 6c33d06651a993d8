internal import Glibc
internal import Synchronization

/// Orders from any thread to the discovery's own, and the way to wait for its end.
final class Mailbox: Sendable {
  typealias Order = @Sendable (inout Engine, Milliseconds) -> Void

  private struct State {
    var orders: [Order] = []
    var isStopping = false
    var isFinished = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  /// Readable when there is something to do.
  let bell: Descriptor
  private let bellRope: Descriptor

  init() throws(MulticastDNSError) {
    var ends: [Int32] = [-1, -1]
    let result = pipe(&ends)
    bell = try Descriptor(result == 0 ? ends[0] : -1, from: "pipe")
    bellRope = try Descriptor(ends[1], from: "pipe")
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
  }

  /// Hands in an order. False when nobody will carry it out any more; otherwise it is carried out for certain.
  @discardableResult
  func post(_ order: @escaping Order) -> Bool {
    let isAccepted = state.withLock { state in
      if !state.isFinished { state.orders.append(order) }
      return !state.isFinished
    }
    if isAccepted { ring() }
    return isAccepted
  }

  /// Asks for the end without waiting for it.
  func requestStop() {
    state.withLock { $0.isStopping = true }
    ring()
  }

  /// Asks for the end and suspends until it has come.
  func stop() async {
    await withCheckedContinuation { continuation in
      let isFinished = state.withLock { state in
        state.isStopping = true
        if !state.isFinished { state.waiters.append(continuation) }
        return state.isFinished
      }
      if isFinished { continuation.resume() } else { ring() }
    }
  }

  /// The orders handed in since the last call, and whether to end after them.
  func take() -> (orders: [Order], isStopping: Bool) {
    state.withLock { state in
      defer { state.orders = [] }
      return (state.orders, state.isStopping)
    }
  }

  /// Called by the discovery's thread as its last act; returns the orders that came in meanwhile, if any, instead.
  func finish() -> [Order] {
    let (orders, waiters) = state.withLock { state in
      defer {
        state.isFinished = state.orders.isEmpty
        state.orders = []
        if state.isFinished { state.waiters = [] }
      }
      return (state.orders, state.orders.isEmpty ? state.waiters : [])
    }
    for waiter in waiters { waiter.resume() }
    return orders
  }

  private func ring() {
    var one: UInt8 = 1
    // A full pipe has rung already.
    _ = write(bellRope.number, &one, 1)
  }
}
