internal import Glibc

/// A detached thread. Not a task: it blocks in poll(2), and must not take a thread of the cooperative pool for that.
enum WorkerThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Runs `body` on a new thread, with all signals left to the other threads.
  ///
  /// - Throws: `MulticastDNSError.system`.
  static func start(_ body: @escaping @Sendable () -> Void) throws(MulticastDNSError) {
    var everything = sigset_t()
    var before = sigset_t()
    sigfillset(&everything)
    // A thread inherits the mask of its maker.
    pthread_sigmask(SIG_SETMASK, &everything, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Body(body))
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, argument.toOpaque())
    guard code == 0 else {
      argument.release()
      throw .system(operation: "pthread_create", code: code, text: String(cString: strerror(code)))
    }
    pthread_detach(thread)
  }
}
