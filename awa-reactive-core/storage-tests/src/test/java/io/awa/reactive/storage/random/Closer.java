package io.awa.reactive.storage.random;

import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryChecker.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Ends and releases members, of claims it holds, of claims others are closing, of old claims and of none. */
final class Closer extends Fiber {

    private static final End[] MIXED = {
        End.RETRIED,
        End.RETRIED,
        End.SNOOZED,
        End.HELD,
        End.HELD,
        End.FAILED,
        End.DEAD,
        End.CANCELLED,
        End.COMPLETED,
        End.COMPLETED,
        End.COMPLETED,
        End.COMPLETED
    };
    private static final String REPEATABLE = "BEGIN ISOLATION LEVEL REPEATABLE READ";

    private final Manner manner;
    private @Nullable Call unsure;

    enum Manner {
        /** Takes claims nobody else has. */
        OWNER,
        /** Takes recent claims, whoever has them. */
        TWIN,
        /** Sends old tokens and made-up ones. */
        FORGER
    }

    Closer(int number, Manner manner, Run run, SplittableRandom random) {
        super("closer " + number, run, random);
        this.manner = manner;
    }

    @Override
    void step() {
        settle();
        List<Taken> claims = new ArrayList<>();
        for (int i = random.nextInt(8); i >= 0; i--) {
            Taken taken = manner == Manner.OWNER ? run.open.poll() : run.someTaken(random);
            if (taken != null) {
                claims.add(taken);
            }
        }
        if (claims.isEmpty()) {
            Run.pause(5);
            return;
        }
        boolean release = manner != Manner.FORGER && random.nextInt(12) == 0;
        List<Item> items = new ArrayList<>();
        for (Taken taken : claims) {
            items.add(item(taken, release));
            if (random.nextInt(12) == 0) {
                items.add(item(taken, release));
            }
        }
        try {
            send(new Call(run.nonce(), items, claims, release));
        } finally {
            if (manner == Manner.OWNER) {
                claims.stream().filter(Taken::isOpen).forEach(run.open::add);
            }
        }
        Run.pause(manner == Manner.OWNER ? random.nextInt(run.slowClosers ? 150 : 8) : random.nextInt(40));
    }

    @Override
    boolean settle() {
        Call call = unsure;
        if (call != null) {
            call(call, "");
            run.count("closers asked again", 1);
            unsure = null;
        }
        return true;
    }

    private void send(Call call) {
        int choice = random.nextInt(100);
        if (choice < 8 && !call.release) {
            rolledBack(call);
            return;
        }
        unsure = call;
        if (choice >= 80 && choice < 86) {
            forgotten(call);
            settle();
            return;
        }
        call(call, choice < 23 && !call.release ? REPEATABLE : choice < 30 && !call.release ? "BEGIN" : "");
        unsure = null;
        if (choice >= 90) {
            call(call, "");
        }
    }

    private void call(Call call, String begin) {
        boolean[] accepted = call.release
                ? run.client.release(session(), call.closer, call.items)
                : run.client.close(session(), begin, call.closer, call.items);
        int yes = 0;
        for (boolean one : accepted) {
            yes += one ? 1 : 0;
        }
        run.count("accepted", yes);
        run.count("stale", accepted.length - yes);
        for (Taken taken : call.claims) {
            for (Item item : call.items) {
                if (item.token().equals(taken.token)) {
                    Arrays.stream(item.ordinals()).forEach(taken::ended);
                }
            }
        }
    }

    /** As if the answer had been lost on its way. */
    private void forgotten(Call call) {
        run.history.settleSent(call.closer, Client.members(call.items));
        List<Integer> every = IntStream.range(0, call.items.size()).boxed().toList();
        if (call.release) {
            run.client.releaseOnce(session(), call.closer, call.items, every);
        } else {
            run.client.closeOnce(session(), call.closer, call.items, every);
        }
    }

    private void rolledBack(Call call) {
        Settling settling = run.history.settleSent(call.closer, Client.members(call.items));
        try {
            session().run("BEGIN");
            run.client.closeOnce(
                    session(),
                    call.closer,
                    call.items,
                    IntStream.range(0, call.items.size()).boxed().toList());
            session().run("ROLLBACK");
        } finally {
            settling.aborted();
        }
    }

    private Item item(Taken taken, boolean release) {
        int size = taken.positions.length;
        int[] wanted =
                manner == Manner.OWNER ? taken.open() : IntStream.range(0, size).toArray();
        int share = 1 + random.nextInt(4);
        int[] chosen = Arrays.stream(wanted)
                .filter(ordinal -> share == 1 || random.nextInt(share) == 0)
                .toArray();
        if (chosen.length == 0) {
            chosen = new int[] {wanted.length > 0 ? wanted[0] : 0};
        }
        End[] ends = new End[chosen.length];
        boolean mixed = random.nextInt(3) == 0;
        for (int i = 0; i < ends.length; i++) {
            ends[i] = release ? End.RELEASED : mixed ? MIXED[random.nextInt(MIXED.length)] : End.COMPLETED;
        }
        return new Item(manner == Manner.FORGER ? forged(taken) : taken.token, taken.positions, chosen, ends);
    }

    private Token forged(Taken taken) {
        Token token = taken.token;
        return switch (random.nextInt(5)) {
            case 0 -> new Token(token.segment() + 1, token.lane(), token.no(), token.nonce());
            case 1 -> new Token(token.segment(), run.lanes[random.nextInt(run.lanes.length)], token.no(), run.nonce());
            case 2 -> new Token(token.segment(), token.lane(), token.no() + 1, token.nonce());
            case 3 -> new Token(token.segment(), token.lane(), token.no(), token.nonce() + 1);
            default -> token;
        };
    }

    private record Call(long closer, List<Item> items, List<Taken> claims, boolean release) {}
}
