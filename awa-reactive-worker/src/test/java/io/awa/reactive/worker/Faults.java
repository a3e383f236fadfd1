package io.awa.reactive.worker;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A connection factory that counts statements and can hurt the chosen ones. It is not {@code Wrapped}, so lanes do not
 * look through it; its connections are, so COPY and LISTEN find the driver's.
 */
final class Faults implements ConnectionFactory {

    private final ConnectionFactory real;
    private final Queue<String> executed = new ConcurrentLinkedQueue<>();
    private final List<Rule> rules = new CopyOnWriteArrayList<>();

    Faults(ConnectionFactory real) {
        this.real = real;
    }

    @Override
    public Publisher<? extends Connection> create() {
        return Mono.from(real.create()).map(this::spied);
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return real.getMetadata();
    }

    /** How many statements with this text in them were executed. */
    int count(String fragment) {
        return (int) executed.stream().filter(sql -> sql.contains(fragment)).count();
    }

    /** The next {@code times} statements with this text are committed, but their connection is lost before the answer. */
    Rule loseAnswers(String fragment, int times) {
        return rule(
                fragment,
                times,
                (connection, statement) -> Flux.from(statement)
                        .concatMap(Result::getRowsUpdated)
                        .thenMany(Mono.from(connection.close()).onErrorComplete())
                        .thenMany(Flux.error(() -> new R2dbcNonTransientResourceException("answer lost", "08006"))));
    }

    /** The next statements with this text never reach the server. */
    Rule refuse(String fragment, int times, String sqlState) {
        return rule(
                fragment,
                times,
                (connection, statement) ->
                        Flux.error(() -> new R2dbcNonTransientResourceException("refused by the test", sqlState)));
    }

    /** The next statements with this text wait for the gate before they reach the server. */
    Rule holdBack(String fragment, int times, Mono<Void> gate) {
        return rule(fragment, times, (connection, statement) -> gate.thenMany(Flux.from(statement)));
    }

    /** The next statements with this text are executed at once, and their answers wait for the gate. */
    Rule holdAnswers(String fragment, int times, Mono<Void> gate) {
        return rule(
                fragment,
                times,
                (connection, statement) -> Flux.from(statement)
                        .concatMap(Result::getRowsUpdated)
                        .thenMany(gate)
                        .thenMany(Mono.from(connection.close()).onErrorComplete())
                        .thenMany(Flux.error(() -> new R2dbcNonTransientResourceException("answer lost", "08006"))));
    }

    private Rule rule(String fragment, int times, Harm harm) {
        Rule rule = new Rule(fragment, harm, new AtomicInteger(times), new AtomicInteger());
        rules.add(rule);
        return rule;
    }

    private Connection spied(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                Faults.class.getClassLoader(),
                new Class<?>[] {Connection.class, Wrapped.class},
                (proxy, method, args) -> switch (method.getName()) {
                    case "unwrap" -> connection;
                    case "createStatement" ->
                        spied(connection, (String) args[0], connection.createStatement((String) args[0]));
                    default -> call(connection, method, args);
                });
    }

    private Statement spied(Connection connection, String sql, Statement statement) {
        InvocationHandler handler = (proxy, method, args) -> {
            if (method.getName().equals("execute")) {
                return Flux.defer(() -> executed(connection, sql, statement.execute()));
            }
            Object answer = call(statement, method, args);
            return answer == statement ? proxy : answer;
        };
        return (Statement)
                Proxy.newProxyInstance(Faults.class.getClassLoader(), new Class<?>[] {Statement.class}, handler);
    }

    private Publisher<? extends Result> executed(
            Connection connection, String sql, Publisher<? extends Result> statement) {
        executed.add(sql);
        for (Rule rule : rules) {
            if (sql.contains(rule.fragment) && rule.left.getAndDecrement() > 0) {
                rule.met.incrementAndGet();
                return rule.harm.done(connection, statement);
            }
        }
        return statement;
    }

    private static Object call(Object target, Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private interface Harm {
        Publisher<? extends Result> done(Connection connection, Publisher<? extends Result> statement);
    }

    /**
     * One harm.
     *
     * @param left how often it is still to be done
     * @param met  how often it was done
     */
    record Rule(String fragment, Harm harm, AtomicInteger left, AtomicInteger met) {

        int times() {
            return met.get();
        }
    }
}
