import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { useT } from "./i18n";
import { ErrorBoundary } from "./shell/boundary";
import { Shell } from "./shell/shell";
import { SignInGate } from "./shell/sign-in";
import { EmptyState, SkeletonText } from "./ui";

// One piece of script per page, fetched when it is first opened.
const Library = lazy(() => import("./pages/library"));
const Lecture = lazy(() => import("./pages/lecture"));
const Search = lazy(() => import("./pages/search"));
const Cards = lazy(() => import("./pages/cards"));
const Queue = lazy(() => import("./pages/queue"));
const Settings = lazy(() => import("./pages/settings"));
const System = lazy(() => import("./pages/system"));

function Missing() {
  const t = useT();
  return (
    <EmptyState icon="info" title={t("common.notFound")}>
      <a href="/">{t("common.toLibrary")}</a>
    </EmptyState>
  );
}

function Loading() {
  return (
    <div className="page">
      <SkeletonText lines={6} />
    </div>
  );
}

export function App() {
  return (
    <SignInGate>
      <Shell>
        <ErrorBoundary>
          <Suspense fallback={<Loading />}>
            <Switch>
              <Route path="/">
                <Library />
              </Route>
              <Route path="/lecture/:id">
                {({ id }) => <Lecture key={id} id={decodeURIComponent(id)} />}
              </Route>
              <Route path="/search">
                <Search />
              </Route>
              <Route path="/cards">
                <Cards />
              </Route>
              <Route path="/cards/:id">{({ id }) => <Cards key={id} id={decodeURIComponent(id)} />}</Route>
              <Route path="/queue">
                <Queue />
              </Route>
              <Route path="/settings">
                <Settings />
              </Route>
              <Route path="/system">
                <System />
              </Route>
              <Route>
                <Missing />
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </Shell>
    </SignInGate>
  );
}
