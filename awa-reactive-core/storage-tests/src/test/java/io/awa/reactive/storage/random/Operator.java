package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.testkit.LifeHistory;
import io.awa.reactive.testkit.LifeHistory.Answer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Acts on jobs by their ids, wherever they are: cancels, retries, deletes, moves, buries and exhumes them. */
final class Operator extends Fiber {

    private static final String[] OPERATIONS = {
        "cancel", "cancel", "cancel", "retry", "retry", "retry", "delete", "move", "move", "bury", "exhume"
    };

    private @Nullable Call unsure;

    Operator(int number, Run run, SplittableRandom random) {
        super("operator " + number, run, random);
    }

    @Override
    void step() {
        settle();
        long[] ids = IntStream.range(0, 1 + random.nextInt(8))
                .mapToLong(i -> random.nextInt(40) == 0 ? random.nextInt(1_000_000) + 1 : run.someStored(random))
                .filter(id -> id != 0)
                .distinct()
                .toArray();
        String operation = OPERATIONS[random.nextInt(OPERATIONS.length)];
        Call call = new Call(operation, options(operation), run.untold(), ids);
        if (operation.equals("retry")) {
            run.history.life().byHand(call.closer);
        }
        if (random.nextInt(10) == 0) {
            session().run("BEGIN");
            once(call, ids, false);
            Run.pause(random.nextInt(10));
            session().run("ROLLBACK");
            return;
        }
        unsure = call;
        if (random.nextInt(10) == 0) {
            // As if the answer had been lost on its way.
            once(call, ids, false);
            settle();
        } else {
            send(call, false);
            unsure = null;
        }
        Run.pause(random.nextInt(30));
    }

    @Override
    boolean settle() {
        Call call = unsure;
        if (call != null) {
            send(call, true);
            unsure = null;
        }
        return true;
    }

    private void send(Call call, boolean resent) {
        LifeHistory life = run.history.life();
        long[] left = call.ids;
        while (left.length > 0) {
            List<Long> again = new ArrayList<>();
            Map<Long, String> answers;
            try {
                answers = once(call, left, resent);
            } catch (RuntimeException e) {
                if (SqlState.of(e) != SqlState.SERIALIZATION) {
                    for (long id : left) {
                        life.acted(call.closer, id, Answer.UNKNOWN);
                    }
                }
                throw e;
            }
            answers.forEach((id, result) -> {
                if (result.equals("again")) {
                    again.add(id);
                } else {
                    run.count("operators " + call.operation + " " + result, 1);
                    life.acted(call.closer, id, result.equals("done") ? Answer.WON : Answer.LOST);
                }
            });
            left = again.stream().mapToLong(Long::longValue).toArray();
        }
    }

    private Map<Long, String> once(Call call, long[] ids, boolean resent) {
        record Acted(long id, String result) {}
        Map<Long, String> answers = new HashMap<>();
        session()
                .rows(
                        run.storage.in("SELECT id, result FROM {awa}.act($1, $2, $3::text::jsonb, $4, $5)"),
                        row -> new Acted(row.number("id"), row.text("result")),
                        call.operation,
                        Arrays.stream(ids).boxed().toArray(Long[]::new),
                        call.options,
                        call.closer,
                        resent)
                .forEach(acted -> answers.put(acted.id, acted.result));
        return answers;
    }

    private String options(String operation) {
        return switch (operation) {
            case "cancel" -> random.nextBoolean() ? "{\"reason\": \"not wanted\"}" : "{}";
            case "retry" -> random.nextInt(3) == 0 ? "{\"delay_ms\": " + random.nextInt(300) + "}" : "{}";
            case "move" ->
                random.nextBoolean()
                        ? "{\"queue\": \"slow\", \"priority\": 2}"
                        : "{\"queue\": \"fast\", \"priority\": " + (random.nextBoolean() ? 1 : 3) + "}";
            default -> "{}";
        };
    }

    private record Call(String operation, String options, long closer, long[] ids) {}
}
