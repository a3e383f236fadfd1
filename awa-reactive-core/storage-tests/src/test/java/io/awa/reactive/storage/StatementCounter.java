package io.awa.reactive.storage;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * Notes the text of every execution of a statement. The factory is no {@link Wrapped}, so it is not looked through; its
 * connections are, so that COPY still finds the driver's.
 */
final class StatementCounter implements ConnectionFactory {

    private final ConnectionFactory driver;
    private final List<String> executed = new CopyOnWriteArrayList<>();

    StatementCounter(ConnectionFactory driver) {
        this.driver = driver;
    }

    List<String> texts() {
        return List.copyOf(executed);
    }

    void reset() {
        executed.clear();
    }

    @Override
    public Publisher<? extends Connection> create() {
        return Mono.from(driver.create()).map(this::watched);
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return driver.getMetadata();
    }

    private Connection watched(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                StatementCounter.class.getClassLoader(),
                new Class<?>[] {Connection.class, Wrapped.class},
                (proxy, method, args) -> {
                    if (method.getName().equals("unwrap") && args == null) {
                        return connection;
                    }
                    Object result = invoke(method, connection, args);
                    return method.getName().equals("createStatement")
                            ? watched((Statement) result, (String) args[0])
                            : result;
                });
    }

    private Statement watched(Statement statement, String sql) {
        return (Statement) Proxy.newProxyInstance(
                StatementCounter.class.getClassLoader(), new Class<?>[] {Statement.class}, (proxy, method, args) -> {
                    if (method.getName().equals("execute")) {
                        executed.add(sql);
                    }
                    Object result = invoke(method, statement, args);
                    return result == statement ? proxy : result;
                });
    }

    private static Object invoke(Method method, Object target, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
