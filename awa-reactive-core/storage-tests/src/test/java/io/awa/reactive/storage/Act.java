package io.awa.reactive.storage;

import java.util.List;

/**
 * A call of one step of the protocols, to be run in a transaction that is rolled back.
 *
 * @param name   as the tables of docs/model call it
 * @param before statements committed before it, to bring the schema to where the step has something to do
 * @param call   the step
 * @param after  statements that undo {@code before}
 */
record Act(String name, List<String> before, String call, List<String> after) {

    static Act of(String name, String call) {
        return new Act(name, List.of(), call, List.of());
    }
}
