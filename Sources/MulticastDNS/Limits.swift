/// Milliseconds of CLOCK_BOOTTIME: monotonic, and time asleep counts.
typealias Milliseconds = Int64

/// Every bound and life in one place. Counts are per link unless said otherwise.
enum Limits {
  // Lives, in seconds (RFC 6762 section 10).
  static let hostLife: UInt32 = 120
  static let otherLife: UInt32 = 4500
  static let legacyLife: UInt32 = 10

  // Probing and announcing (section 8), in milliseconds.
  static let probeDelay: Milliseconds = 250
  static let probes = 3
  static let announcements = 3
  static let tieBreakPause: Milliseconds = 1000
  static let conflictWindow: Milliseconds = 10_000
  static let conflictsInWindow = 15
  static let conflictPause: Milliseconds = 5000

  // Answering (sections 6 and 7).
  static let sharedDelay: ClosedRange<Milliseconds> = 20...120
  static let truncatedDelay: ClosedRange<Milliseconds> = 400...500
  static let multicastPause: Milliseconds = 1000
  static let defencePause: Milliseconds = 250

  // Asking (section 5.2).
  static let firstQuestionDelay: ClosedRange<Milliseconds> = 20...120
  static let firstQuestionGap: Milliseconds = 1000
  static let longestQuestionGap: Milliseconds = 3_600_000
  static let heardQuestionLife: Milliseconds = 999
  static let lookupTries = 4
  static let lookups = 1024

  // Keeping (section 10).
  static let goodbyeGrace: Milliseconds = 1000
  static let reconfirmTime: Milliseconds = 10_000
  static let cacheEntries = 8192
  /// Of which one source address may fill this many.
  static let cacheEntriesPerSource = 1024
  static let addressesPerHost = 16
  static let recordsPerUniqueName = 4
  /// Instances reported, over all links.
  static let instances = 2048
  static let reportDelay: Milliseconds = 50

  // Listening: a token bucket per source address.
  static let burstPerSource = 2000.0
  static let packetsPerSecondPerSource = 400.0
  static let sources = 4096

  // Being ourselves.
  static let addressesPublished = 8
  static let echoes = 256
  static let echoLife: Milliseconds = 1000
  /// A deadline missed by more than this means that the machine slept.
  static let sleepThreshold: Milliseconds = 10_000
}
