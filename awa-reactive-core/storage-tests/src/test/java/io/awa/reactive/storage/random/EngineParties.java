package io.awa.reactive.storage.random;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.ClaimResult;
import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.Maintenance;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.engine.Settlement;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Member;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryChecker.Token;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The same parties on the library's own classes. */
final class EngineParties {

    private EngineParties() {}

    /** Claims through {@link Claims}. */
    static final class EngineClaimer extends Fiber {
        private final Claims claims;
        private @Nullable Claiming unsure;
        private long nonce;
        private int queue;

        EngineClaimer(Awa awa, Run run, SplittableRandom random) {
            super("engine claimer", run, random);
            claims = awa.engine().claims("random");
        }

        @Override
        boolean goesOn() {
            return true;
        }

        @Override
        void step() {
            settle();
            queue = run.queues.get(random.nextInt(run.queues.size()));
            nonce = run.nonce();
            Claiming claiming = run.history.claimBegun();
            unsure = claiming;
            ClaimResult result =
                    get(claims.claim(queue, (1 + random.nextInt(64)) * run.scale, run.client.worker, nonce));
            unsure = null;
            answered(claiming, result instanceof ClaimResult.Claimed claimed ? claimed.claim() : null);
            Run.pause(random.nextInt(8));
        }

        @Override
        boolean settle() {
            Claiming claiming = unsure;
            if (claiming != null) {
                Claim found =
                        claims.replay(queue, nonce, Duration.ofMinutes(10)).block(Session.PATIENCE);
                unsure = null;
                if (found == null) {
                    run.unresolved(claiming, nonce);
                } else {
                    answered(claiming, found);
                }
            }
            return true;
        }

        @Override
        void end() {
            claims.close().block(Session.PATIENCE);
        }

        private void answered(Claiming claiming, @Nullable Claim claim) {
            Taken taken = null;
            if (claim != null) {
                long[] positions = new long[claim.size()];
                Arrays.setAll(positions, claim::position);
                taken = new Taken(
                        new Token(claim.segment(), claim.lane(), claim.no(), claim.nonce()), positions, claim);
            }
            Client.answered(claiming, taken);
            if (taken != null) {
                run.count("engine claims", 1);
                run.taken(taken);
            }
        }
    }

    /** Ends members through {@link Closures}, in a race with whoever else closes the same claims. */
    static final class EngineCloser extends Fiber {
        private final Closures closures;
        private long closer;
        private List<Settlement> unsure = List.of();
        private List<Member> members = List.of();

        EngineCloser(Awa awa, Run run, SplittableRandom random) {
            super("engine closer", run, random);
            closures = awa.engine().closures("random");
        }

        @Override
        void step() {
            settle();
            List<Settlement> settlements = new ArrayList<>();
            List<Member> sent = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                Taken taken = run.someTaken(random);
                if (taken != null && taken.engine != null) {
                    for (int ordinal : taken.open()) {
                        boolean fail = random.nextInt(8) == 0;
                        settlements.add(Settlement.of(
                                taken.engine,
                                ordinal,
                                fail ? Ending.FAILED : Ending.COMPLETED,
                                fail ? Detail.error(null, "no") : null));
                        sent.add(new Member(taken.token, ordinal, fail ? End.FAILED : End.COMPLETED));
                    }
                }
            }
            if (!settlements.isEmpty()) {
                closer = run.nonce();
                unsure = settlements;
                members = sent;
                settle();
            }
            Run.pause(random.nextInt(run.slowClosers ? 150 : 30));
        }

        @Override
        boolean settle() {
            if (!unsure.isEmpty()) {
                Settling settling = run.history.settleSent(closer, members);
                boolean[] accepted = get(closures.close(closer, unsure));
                settling.answered(accepted);
                unsure = List.of();
                run.count("engine settled", accepted.length);
            }
            return true;
        }

        @Override
        void end() {
            closures.close().block(Session.PATIENCE);
        }
    }

    /** Maintenance through {@link Maintenance}, which remembers how far it has looked at claims. */
    static final class EngineKeeper extends Fiber {
        private final Maintenance maintenance;
        private long rotated = System.nanoTime();

        EngineKeeper(Awa awa, Run run, SplittableRandom random) {
            super("engine keeper", run, random);
            maintenance = awa.engine().maintenance();
        }

        @Override
        void step() {
            if (System.nanoTime() - rotated > Duration.ofMillis(500).toNanos()) {
                rotated = System.nanoTime();
                if (get(maintenance.rotate()) instanceof RotateOutcome.Rotated) {
                    run.count("rotated", 1);
                }
            }
            for (Segment segment : get(maintenance.segments().collectList())) {
                long number = segment.number();
                switch (segment.state()) {
                    case CLOSING -> get(maintenance.seal(number));
                    case SEALED -> {
                        maintenance.exhaust(number, -run.nonce()).block(Session.PATIENCE);
                        if (get(maintenance.finish(number)) instanceof FinishOutcome.Finished) {
                            prune(number);
                        }
                    }
                    case FINISHED -> prune(number);
                    default -> {
                        // Takes new jobs, or will.
                    }
                }
            }
            Run.pause(50 + random.nextInt(100));
        }

        @Override
        void end() {
            maintenance.close().block(Session.PATIENCE);
        }

        private void prune(long segment) {
            if (get(maintenance.prune(segment, Duration.ZERO, Duration.ZERO)) instanceof PruneOutcome.Pruned) {
                run.count("pruned", 1);
            }
        }
    }

    private static <T> T get(Mono<T> mono) {
        return mono.blockOptional(Session.PATIENCE).orElseThrow();
    }
}
