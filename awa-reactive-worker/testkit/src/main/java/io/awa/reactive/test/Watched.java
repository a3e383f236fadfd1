package io.awa.reactive.test;

import io.awa.reactive.testkit.HistoryChecker;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import io.awa.reactive.testkit.HistoryChecker.Member;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.HistoryVerdict;
import io.awa.reactive.testkit.Witness;
import io.awa.reactive.testkit.Witness.Claimed;
import io.awa.reactive.testkit.Witness.Closed;
import io.awa.reactive.testkit.Witness.JobEnd;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** A database whose facts are recorded, and what they say in the order in which they were written. */
final class Watched {

    private static final int WORKER_SHIFT = 32;

    private final Database database;
    private final Witness witness;

    Watched(Database database, String schema) {
        this.database = database;
        this.witness = Witness.of(database.connections(), schema);
        witness.install(Databases.CHILDREN);
    }

    HistoryVerdict judge() {
        HistoryChecker history = new HistoryChecker();
        List<Fact> facts = new ArrayList<>();
        Map<Long, Token> tokens = new HashMap<>();
        for (Claimed claim : witness.claims()) {
            Token token = new Token(claim.segment(), claim.lane(), claim.no(), claim.nonce());
            tokens.put(claim.nonce(), token);
            facts.add(new Fact(claim.tick(), () -> {
                Claiming claiming = history.claimBegun();
                claiming.answered(token, claim.positions());
            }));
        }
        for (Closed end : witness.ends()) {
            Token token = Objects.requireNonNull(tokens.get(end.nonce()));
            facts.add(new Fact(end.tick(), () -> {
                Settling settling = history.settleSent(
                        end.closer(), List.of(new Member(token, end.ordinal(), Witness.end(end.outcome()))));
                settling.answered(true);
            }));
        }
        facts.sort(Comparator.comparingLong(Fact::tick));
        facts.forEach(fact -> fact.what.run());
        byHand(history);
        witness.tell(history);
        return history.judge();
    }

    // Whoever is no worker is an operator, who may bring jobs back before their time.
    private void byHand(HistoryChecker history) {
        Set<Long> workers = database.query("SELECT worker FROM awa.workers").stream()
                .map(Long::valueOf)
                .collect(Collectors.toSet());
        witness.jobEnds().stream()
                .map(JobEnd::closer)
                .filter(closer -> !workers.contains(closer >>> WORKER_SHIFT))
                .distinct()
                .forEach(history.life()::byHand);
    }

    private record Fact(long tick, Runnable what) {}
}
