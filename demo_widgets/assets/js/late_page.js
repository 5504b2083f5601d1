function render({ model }) {
  if (model.get("late")) model.send({ drawn: true });
}
export default { render };
