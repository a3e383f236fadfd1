package io.awa.reactive.worker;

import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Settlement;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Gives unstarted jobs back: place and attempt are kept. A lost answer is asked for again under the same nonce until the
 * database has decided. Each Mono answers how many went back; somebody else has ended the others. What cannot be given back
 * is left to rescue, and is an error.
 */
final class Releases {

    private static final Logger LOG = LoggerFactory.getLogger(Releases.class);

    private final Closures closures;
    private final Nonces nonces;
    private final LiveClaims live;
    private final Counters counters;

    Releases(Closures closures, Nonces nonces, LiveClaims live, Counters counters) {
        this.closures = closures;
        this.nonces = nonces;
        this.live = live;
        this.counters = counters;
    }

    /** Jobs that nobody was told of. */
    Mono<Integer> release(List<Member> jobs) {
        return decided(jobs).map(Releases::count);
    }

    /** Jobs that were told as claimed: so is what becomes of them. */
    Mono<Integer> giveBack(AttemptOwner owner, List<Member> jobs) {
        return told(owner, jobs, decided(jobs));
    }

    /** The same, with an error where it takes longer: what becomes of the jobs then is not heard any more. */
    Mono<Integer> giveBack(AttemptOwner owner, List<Member> jobs, Duration patience) {
        return told(owner, jobs, decided(jobs).timeout(patience));
    }

    private Mono<Integer> told(AttemptOwner owner, List<Member> jobs, Mono<boolean[]> decided) {
        return decided.doOnNext(back -> counters.events.released(jobs, owner, back))
                .doOnError(error -> {
                    LOG.error("{} jobs of queue {} could not be given back", jobs.size(), owner.queue(), error);
                    counters.events.unreleased(jobs, owner, error);
                })
                .map(Releases::count);
    }

    private Mono<boolean[]> decided(List<Member> jobs) {
        if (jobs.isEmpty()) {
            return Mono.just(new boolean[0]);
        }
        long closer = nonces.next();
        // Back, or left to rescue. After a cancellation it is not known; then the process is about to end.
        return closures.release(
                        closer,
                        jobs.stream()
                                .map(job -> Settlement.completed(job.claim(), job.ordinal()))
                                .toList())
                .retryWhen(Completions.UNTIL_DECIDED)
                .doOnTerminate(() -> jobs.forEach(job -> live.decided(job.claim())))
                .doOnNext(back -> {
                    counters.released.add(count(back));
                    counters.stale.add(back.length - count(back));
                });
    }

    private static int count(boolean[] back) {
        int n = 0;
        for (boolean one : back) {
            n += one ? 1 : 0;
        }
        return n;
    }
}
