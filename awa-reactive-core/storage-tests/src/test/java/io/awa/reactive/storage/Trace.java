package io.awa.reactive.storage;

import io.awa.reactive.model.Models;
import io.awa.reactive.model.Tlc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a real run was asked and answered, a call a step, in the words of a model; TLC says whether the model can do the
 * same. Each answer may name another one that would have been wrong.
 */
final class Trace {

    private final List<Step> steps = new ArrayList<>();
    private final long seed;

    Trace(long seed) {
        this.seed = seed;
    }

    /** A value in TLA+. */
    record Raw(String text) {}

    /** A call; its fields become those of a TLA+ record. */
    static final class Step {
        private final Map<String, String> fields = new LinkedHashMap<>();
        private final Map<String, String> wrong = new LinkedHashMap<>();

        Step with(String field, Object value) {
            fields.put(field, tla(value));
            return this;
        }

        Step answered(String field, Object value, Object altered) {
            wrong.put(field, tla(altered));
            return with(field, value);
        }

        private String text(Map<String, String> from) {
            return from.entrySet().stream()
                    .map(field -> field.getKey() + " |-> " + field.getValue())
                    .collect(Collectors.joining(", ", "[", "]"));
        }
    }

    Step step(String op, String who) {
        Step step = new Step().with("op", op).with("who", who);
        steps.add(step);
        return step;
    }

    int size() {
        return steps.size();
    }

    /** Replays the run as it was. */
    String replay(String model, Path folder, String definitions, String constants)
            throws IOException, InterruptedException {
        return check(model, folder, definitions, constants, List.of(texts()));
    }

    /** Replays as many runs as there are answers: in each of them one is altered, and what comes after it is left out. */
    String replayAltered(String model, Path folder, String definitions, String constants)
            throws IOException, InterruptedException {
        return check(model, folder, definitions, constants, altered());
    }

    private List<String> texts() {
        return steps.stream().map(step -> step.text(step.fields)).toList();
    }

    private List<List<String>> altered() {
        List<List<String>> runs = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            for (Map.Entry<String, String> wrong : step.wrong.entrySet()) {
                Map<String, String> fields = new LinkedHashMap<>(step.fields);
                fields.put(wrong.getKey(), wrong.getValue());
                List<String> run = new ArrayList<>(texts().subList(0, i));
                run.add(step.text(fields));
                runs.add(run);
            }
        }
        return runs;
    }

    private static String check(
            String model, Path folder, String definitions, String constants, List<List<String>> runs)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        for (String module : List.of(model, model + "Trace")) {
            Files.copy(Models.folder().resolve(module + ".tla"), folder.resolve(module + ".tla"));
        }
        Files.writeString(
                folder.resolve(model + "Run.tla"),
                "---- MODULE " + model + "Run ----\nEXTENDS Integers, Sequences\n" + definitions + "\nRecorded == <<\n"
                        + runs.stream()
                                .map(run -> run.stream().collect(Collectors.joining(",\n", "<<\n", ">>")))
                                .collect(Collectors.joining(",\n"))
                        + ">>\n====\n");
        Files.writeString(
                folder.resolve("run.cfg"),
                "SPECIFICATION TraceSpec\nCHECK_DEADLOCK FALSE\nINVARIANT NotReplayed\nCONSTANTS\n" + constants);
        return Tlc.check(folder, model + "Trace", "run.cfg", folder);
    }

    @Override
    public String toString() {
        return "seed " + seed + "\n" + String.join("\n", texts());
    }

    /** Numbers and truth values as they are, collections as sets, all else but a {@link Raw} as a string. */
    private static String tla(Object value) {
        if (value instanceof Number) {
            return value.toString();
        }
        if (value instanceof Boolean) {
            return value.toString().toUpperCase(Locale.ROOT);
        }
        if (value instanceof Collection<?> all) {
            return all.stream().map(Trace::tla).collect(Collectors.joining(", ", "{", "}"));
        }
        return value instanceof Raw raw ? raw.text() : "\"" + value + "\"";
    }
}
