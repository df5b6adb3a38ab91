//! Bodies and literals.

use crate::builtins;
use crate::program::{
    Body, Call, Comprehension, Every, Function, Literal, Operation, Operator, Replacement, RuleId, RuleKind,
    Start, Target, Term, With, WithTarget,
};
use crate::syntax::tree::{self, LiteralKind, Name};
use thin_vec::ThinVec;

use super::frame::Frame;
use super::{Lowering, Result, Stuck, strings};

impl Lowering<'_> {
    /// Lowers a body.
    pub(super) fn body(&mut self, frame: &mut Frame<'_>, body: &tree::Body) -> Result<Body> {
        let literals = body.literals.iter().enumerate();
        let literals = literals.map(|(index, literal)| self.literal(frame, literal, index));
        let literals = literals.collect::<Result<Vec<_>>>()?;
        Ok(Body::new(literals))
    }

    /// Lowers the literal at a position of its body.
    fn literal(&mut self, frame: &mut Frame<'_>, literal: &tree::Literal, index: usize) -> Result<Literal> {
        let id = self.literal_id(frame.renamed(), (literal, index), literal.negated);
        let with = literal.with.iter().map(|with| self.with(frame, with)).collect::<Result<Vec<_>>>()?;
        let operation = if literal.negated {
            let inner = Literal {
                id: self.literal_id(frame.renamed(), (literal, index), false),
                span: literal.span,
                with: Vec::new(),
                operation: self.operation(frame, literal)?,
                negated: false,
                join: None,
            };
            Operation::Not(Body::new(vec![inner]))
        } else {
            self.operation(frame, literal)?
        };
        Ok(Literal { id, span: literal.span, with, operation, negated: literal.negated, join: None })
    }

    fn operation(&mut self, frame: &mut Frame<'_>, literal: &tree::Literal) -> Result<Operation> {
        Ok(match &literal.kind {
            LiteralKind::Term(term) => match term.as_call() {
                Some(call) => self.call(frame, call)?,
                None => truth(self.term(frame, term)?),
            },
            LiteralKind::Every(every) => Operation::Every(Every {
                key: every.key.as_ref().map(|key| frame.slot(&key.var.name)),
                value: frame.slot(&every.value.var.name),
                domain: self.term(frame, &every.domain)?,
                body: self.body(frame, &every.body)?,
            }),
            LiteralKind::Not(negation) => Operation::Not(self.body(frame, &negation.body)?),
            LiteralKind::And(sides) => {
                Operation::And(self.body(frame, &sides.left.body)?, self.body(frame, &sides.right.body)?)
            }
            LiteralKind::Or(sides) => {
                Operation::Or(self.body(frame, &sides.left.body)?, self.body(frame, &sides.right.body)?)
            }
            LiteralKind::Declare(_) | LiteralKind::SomeIn(_) => {
                return Err(Stuck { what: "a declaration", span: literal.span });
            }
        })
    }

    fn call(&mut self, frame: &mut Frame<'_>, call: &tree::Call) -> Result<Operation> {
        let operator = call.operator.plain_name();
        if let [left, right] = call.args.as_slice()
            && operator.is_some_and(|name| name == "eq" || name == "assign")
        {
            let met = frame.met();
            let (left, right) = (self.term(frame, left)?, self.term(frame, right)?);
            frame.equal(&left, &right, met);
            return Ok(equality(left, right));
        }
        let function = self.function(&call.operator).or_else(|| {
            let called = self.complete_rule(&call.operator).filter(|_| call.args.len() < 2);
            called.map(Function::Rule)
        });
        if function.is_none()
            && call.args.len() < 2
            && let Some(called) = self.called_document(frame, &call.operator)?
        {
            return Ok(match call.args.first() {
                Some(output) => equality(self.term(frame, output)?, called),
                None => truth(called),
            });
        }
        let function =
            function.ok_or(Stuck { what: "a function that is not there", span: call.operator.span })?;
        let arity = match function {
            Function::Builtin(signature) if signature.variadic.is_some() => call.args.len(),
            Function::Builtin(signature) => signature.operands.len(),
            Function::Rule(rule) => match self.program.rule(rule).map(|rule| rule.kind) {
                Some(RuleKind::Function(arity)) => arity,
                Some(RuleKind::Complete) => 0,
                _ => return Err(Stuck { what: "a call of a rule", span: call.operator.span }),
            },
        };
        let mut args = self.terms(frame, &call.args)?;
        let output = if args.len() > arity { args.pop() } else { None };
        Ok(Operation::Call(Call { function, args, output, operator: Operator::of(function) }))
    }

    /// The function that a reference names.
    fn function(&self, operator: &tree::Ref) -> Option<Function> {
        let head = &operator.head.as_var()?.name;
        let names = strings(operator)?;
        if &**head == "data" {
            return self.rule_function(&names).map(Function::Rule);
        }
        let mut dotted = head.to_string();
        for name in names {
            dotted.push('.');
            dotted.push_str(name);
        }
        builtins::lookup(&dotted).map(Function::Builtin)
    }

    fn rule_function(&self, names: &[&Name]) -> Option<RuleId> {
        let (rule, kind) = self.named_rule(names)?;
        matches!(kind, RuleKind::Function(_)).then_some(rule)
    }

    /// A rule with one value that is called without arguments. OPA refuses that only where it knows the rule's type.
    /// As with functions, what stands in for the document does not count.
    fn complete_rule(&self, operator: &tree::Ref) -> Option<RuleId> {
        let names =
            strings(operator).filter(|_| operator.head.as_var().is_some_and(|head| head.name == "data"))?;
        let (rule, kind) = self.named_rule(&names)?;
        (kind == RuleKind::Complete).then_some(rule)
    }

    fn named_rule(&self, names: &[&Name]) -> Option<(RuleId, RuleKind)> {
        let mut document = crate::program::DocumentId::DATA;
        for name in names {
            document = self.program.document(document)?.child(&crate::value::Value::from(&***name))?;
        }
        let rule = self.program.document(document)?.rule?;
        Some((rule, self.program.rule(rule)?.kind))
    }

    /// The document of another rule that is called.
    fn called_document(&mut self, frame: &mut Frame<'_>, operator: &tree::Ref) -> Result<Option<Term>> {
        if operator.head.as_var().is_none_or(|head| &*head.name != "data") {
            return Ok(None);
        }
        let reference = self.reference(frame, operator)?;
        let is_rule = matches!(reference.start, Start::Data(Target::Rule(..)));
        Ok(is_rule.then(|| Term::Ref(Box::new(reference))))
    }

    fn with(&mut self, frame: &mut Frame<'_>, with: &tree::With) -> Result<With> {
        let stuck = |what| Stuck { what, span: with.span };
        let target = with.target.as_ref_term().cloned().unwrap_or_else(|| tree::Ref {
            span: with.target.span,
            head: with.target.clone(),
            operands: ThinVec::new(),
        });
        let function = self.function(&target);
        let lowered = match (function, self.reference(frame, &target)?) {
            (Some(function), _) => WithTarget::Function(function),
            (None, reference) => {
                let path = reference.steps.iter().map(|step| step.as_constant().cloned());
                let path =
                    path.collect::<Option<Vec<_>>>().ok_or_else(|| stuck("a target with variables"))?;
                match reference.start {
                    Start::Input => WithTarget::Input(path),
                    Start::Data(Target::Base(..) | Target::Rule(..) | Target::Tree) => WithTarget::Data(path),
                    Start::Local(_) | Start::Term(_) => return Err(stuck("a target that is not there")),
                }
            }
        };
        let value = match (&lowered, with.value.as_ref_term().and_then(|value| self.function(value))) {
            (WithTarget::Function(_) | WithTarget::Data(_), Some(function)) => {
                Replacement::Function(function)
            }
            _ => Replacement::Value(self.term(frame, &with.value)?),
        };
        Ok(With { target: lowered, value })
    }
}

fn truth(term: Term) -> Operation {
    if let Term::Ref(reference) = term { Operation::Test(*reference) } else { Operation::Truth(term) }
}

fn equality(left: Term, right: Term) -> Operation {
    match (left, right) {
        (Term::Ref(left), right) => Operation::Lookup(right, *left),
        (left, Term::Ref(right)) => Operation::Lookup(left, *right),
        (Term::Comprehension(left), right) => Operation::Collect(right, *left),
        (left, Term::Comprehension(right)) => {
            Operation::Collect(left, Comprehension { on_right: true, ..*right })
        }
        (left, right) => Operation::Unify(left, right),
    }
}
