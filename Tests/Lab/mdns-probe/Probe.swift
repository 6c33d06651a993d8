import Glibc
import MulticastDNS

/// Stands for the daemon in the lab: advertises, browses, and prints a line with the time for everything that happens.
///
///     mdns-probe [--host LABEL] [--advertise NAME] [--count N] [--port P] [--txt KEY=VALUE]... [--browse]
///                [--type TYPE] [--allow IF]... [--deny IF]... [--connect] [--for SECONDS]
///
/// SIGUSR1 scans, SIGUSR2 prints the statistics, SIGHUP reconfirms all that is known; SIGTERM and SIGINT end it with
/// goodbyes.
@main
enum Probe {
  static func main() {
    // Another function, because closures in this one would belong to the main actor and trap on other threads.
    run(Options(CommandLine.arguments.dropFirst()))
  }

  nonisolated static func run(_ options: Options) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    do {
      let discovery = try MulticastDNS(hostLabel: options.host, interfaces: options.filter)
      Output.line("START")
      for advertisement in try options.advertisements() { try discovery.advertise(advertisement) }
      if options.browses { try discovery.browse(type: options.type) }
      Task.detached {
        for await event in discovery.events {
          Output.show(event)
          if options.connects, case .found(let instance) = event { Connection.attempt(instance) }
        }
      }
      wait(signals, discovery, seconds: options.seconds)
    } catch {
      Output.line("ERROR \(error)")
      exit(1)
    }
  }

  private static func wait(_ signals: sigset_t, _ discovery: MulticastDNS, seconds: Double?) {
    var signals = signals
    while true {
      let signal: Int32
      if let seconds {
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(seconds.truncatingRemainder(dividingBy: 1) * 1e9))
        signal = sigtimedwait(&signals, nil, &time)
      } else {
        signal = sigwaitinfo(&signals, nil)
      }
      switch signal {
      case SIGUSR1: discovery.scan()
      case SIGUSR2: Task.detached { Output.line("STATISTICS \(await discovery.statistics)") }
      case SIGHUP: Task.detached { for instance in await discovery.snapshot() { discovery.reconfirm(instance.name) } }
      default:
        Task.detached {
          let statistics = await discovery.statistics
          await discovery.stop()
          Output.line("STOPPED \(statistics)")
          exit(0)
        }
        while true { pause() }
      }
    }
  }
}
