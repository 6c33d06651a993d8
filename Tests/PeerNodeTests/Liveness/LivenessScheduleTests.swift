import PeerModel
import Testing

@testable import PeerNode

/// When peers are asked whether they are there: minutes for those who answer, ever longer pauses for those who do not.
@Suite struct LivenessScheduleTests {
  let peer = HandshakeBench.identity().id

  /// The times at which a peer is asked when every attempt has the same outcome.
  private func attempts(_ standing: LivenessSchedule.Standing, until end: Int, jitter: Double = 0.5) -> [Int] {
    var schedule = LivenessSchedule()
    schedule.add(peer, now: 0, jitter: 0)
    var times: [Int] = []
    while let next = schedule.next, next < end {
      for id in schedule.takeDue(now: next) {
        times.append(next)
        schedule.note(id, standing, now: next, jitter: jitter)
      }
    }
    return times
  }

  @Test func whoAnswersIsAskedEveryFiveMinutes() {
    #expect(attempts(.reachable, until: 1000) == [0, 300, 600, 900])
  }

  @Test func whoHasNotDecidedIsAskedAgainAfterPausesThatDoubleUpToFiveMinutes() {
    #expect(attempts(.waiting, until: 1500) == [0, 5, 15, 35, 75, 155, 315, 615, 915, 1215])
  }

  @Test func whoFailsIsAskedAgainAfterPausesThatDoubleUpToTenMinutes() {
    // The first one goes on from the start, when nobody was reached yet.
    #expect(attempts(.failing, until: 2600) == [0, 10, 30, 70, 150, 310, 630, 1230, 1830, 2430])
  }

  @Test(arguments: 0..<200) func noPeerIsAskedMoreThanTwelveTimesAnHourInTheEndNorNever(_ seed: Int) {
    let standing: LivenessSchedule.Standing = [.waiting, .failing, .reachable][seed % 3]
    let times = attempts(standing, until: 4 * 3600, jitter: Double(seed) / 200)
    let last = times.filter { $0 >= 3 * 3600 }
    #expect((4...15).contains(last.count), "\(last)")
    #expect(times.count < 80)
  }

  @Test func newsShortenThePauseButNotBelowFiveSeconds() {
    var schedule = LivenessSchedule()
    for _ in 0..<10 { schedule.note(peer, .failing, now: 1000, jitter: 0.5) }
    #expect(schedule.next == 1600)
    schedule.hurry(peer, now: 1002)
    #expect(schedule.next == 1005)
    #expect(schedule.takeDue(now: 1004).isEmpty)
    #expect(schedule.takeDue(now: 1005) == [peer])
    schedule.hurry(peer, now: 1006)
    #expect(schedule.next == 1010)
  }

  @Test func aNewNetworkConcernsAllWhoWereNotAskedJustNow() {
    let other = HandshakeBench.identity().id
    var schedule = LivenessSchedule()
    schedule.note(peer, .failing, now: 0, jitter: 0.5)
    schedule.note(peer, .failing, now: 10, jitter: 0.5)
    schedule.note(other, .reachable, now: 12, jitter: 0.5)
    schedule.hurryAll(now: 16)
    #expect(schedule.takeDue(now: 16) == [peer])
    #expect(schedule.takeDue(now: 17) == [other])
  }

  @Test func anAnswerAfterFailuresBeginsAnew() {
    var schedule = LivenessSchedule()
    for now in 0..<8 { schedule.note(peer, .failing, now: now, jitter: 0.5) }
    schedule.note(peer, .reachable, now: 100, jitter: 0.5)
    #expect(schedule.next == 400)
    schedule.note(peer, .failing, now: 200, jitter: 0.5)
    #expect(schedule.next == 205)
  }

  @Test func nobodyToAskMeansNoNextTime() {
    var schedule = LivenessSchedule()
    #expect(schedule.next == nil)
    schedule.note(peer, .reachable, now: 0, jitter: 0.5)
    schedule.forget(peer)
    #expect(schedule.next == nil)
    schedule.hurry(peer, now: 0)
    #expect(schedule.next == nil)
  }

  @Test func aPromiseOfNewsIsNotForgottenForWhatIsHeardMeanwhile() {
    var schedule = LivenessSchedule()
    schedule.note(peer, .reachable, now: 1000, jitter: 0.5)
    schedule.hurry(peer, now: 1001)
    // The call that carried the promise counts as an exchange too.
    schedule.note(peer, .reachable, now: 1001, jitter: 0.5)
    #expect(schedule.next == 1005)
    #expect(schedule.takeDue(now: 1005) == [peer])
    schedule.note(peer, .reachable, now: 1005, jitter: 0.5)
    #expect(schedule.next == 1305)
  }
}
